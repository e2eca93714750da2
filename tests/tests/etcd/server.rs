//! etcd for a test: a process on free ports, with a temporary directory.

use serde_json::Value;
use settings_core::remote::Store;
use settings_etcd::{Etcd, EtcdSettings};
use settings_tests::servers::{self, Tls, free_port};
use std::{
    fs::{self, File},
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    rc::Rc,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

pub(crate) const PREFIX: &str = "/shop/";

/// The name of the store in messages.
pub(crate) const NAME: &str = "etcd";

pub(crate) struct Server {
    dir: TempDir,
    client: u16,
    peer: u16,
    tls: Option<Tls>,
    process: Option<Child>,
    data: PathBuf,
    /// Peer port of each member of its cluster.
    members: Vec<u16>,
    _turn: Rc<Turn>,
}

/// Lets tests that measure run alone.
static TURNS: RwLock<()> = RwLock::new(());

/// Held by all servers of a test together: a second read lock could wait for a test that waits to run alone.
enum Turn {
    Shared(#[expect(dead_code, reason = "held")] RwLockReadGuard<'static, ()>),
    Alone(#[expect(dead_code, reason = "held")] RwLockWriteGuard<'static, ()>),
}

impl Turn {
    fn shared() -> Self {
        Self::Shared(TURNS.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Server {
    pub(crate) fn start() -> Self {
        let [server] = Self::start_several();
        server
    }

    /// Starts several independent servers.
    pub(crate) fn start_several<const N: usize>() -> [Self; N] {
        let turn = Rc::new(Turn::shared());
        [(); N].map(|()| Self::new(turn.clone(), |_| None))
    }

    /// Starts the members of one cluster.
    pub(crate) fn start_cluster<const N: usize>() -> [Self; N] {
        let turn = Rc::new(Turn::shared());
        let mut members = [(); N].map(|()| Self::stopped(turn.clone(), |_| None));
        let ports: Vec<u16> = members.iter().map(|member| member.peer).collect();
        for member in &mut members {
            member.members.clone_from(&ports);
            member.launch();
        }
        for member in &mut members {
            member.wait();
        }
        members
    }

    /// Starts a server while no other test has one.
    pub(crate) fn start_alone() -> Self {
        let turn = TURNS.write().unwrap_or_else(PoisonError::into_inner);
        Self::new(Rc::new(Turn::Alone(turn)), |_| None)
    }

    /// Starts a server with the certificates that `make` writes to a directory. It requires client certificates.
    pub(crate) fn start_with_tls(make: impl FnOnce(&Path) -> Tls) -> Self {
        Self::new(Rc::new(Turn::shared()), |dir| Some(make(dir)))
    }

    fn new(turn: Rc<Turn>, tls: impl FnOnce(&Path) -> Option<Tls>) -> Self {
        let mut server = Self::stopped(turn, tls);
        server.run();
        server
    }

    fn stopped(turn: Rc<Turn>, tls: impl FnOnce(&Path) -> Option<Tls>) -> Self {
        let dir = TempDir::new().unwrap();
        let peer = free_port();
        Self {
            client: free_port(),
            peer,
            tls: tls(dir.path()),
            process: None,
            data: dir.path().join("data"),
            dir,
            members: vec![peer],
            _turn: turn,
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.client
    }

    pub(crate) fn endpoint(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}", self.client)
    }

    /// Settings of a client, with a shorter heartbeat than by default.
    pub(crate) fn settings(&self) -> EtcdSettings {
        let mut settings = EtcdSettings::new([self.endpoint()], PREFIX);
        settings.timeout = Duration::from_mins(1);
        settings.heartbeat = Duration::from_secs(2);
        settings
    }

    pub(crate) fn engine(&self) -> Etcd {
        Etcd::new(self.settings())
    }

    /// The control keys of pushes.
    pub(crate) fn history(&self) -> String {
        self.ctl(&["get", "--prefix", "/shop@", "--print-value-only"])
    }

    pub(crate) fn store(&self) -> Store {
        self.settings()
            .store()
            .retry(Duration::from_millis(50)..=Duration::from_millis(400))
            .start()
    }

    /// Starts it with its data, and waits until it answers.
    pub(crate) fn run(&mut self) {
        self.launch();
        self.wait();
    }

    fn launch(&mut self) {
        let endpoint = self.endpoint();
        let peer = address(self.peer);
        let log = self.log();
        let mut command = program("etcd");
        command
            .arg("--data-dir")
            .arg(&self.data)
            .args(["--listen-client-urls", &endpoint])
            .args(["--advertise-client-urls", &endpoint])
            .args(["--listen-peer-urls", &peer])
            .args(["--initial-advertise-peer-urls", &peer])
            .args(["--name", &self.peer.to_string()])
            .args(["--initial-cluster", &self.cluster()])
            .args(match self.members.len() {
                1 => ["--heartbeat-interval", "20", "--election-timeout", "200"],
                _ => ["--heartbeat-interval", "100", "--election-timeout", "1000"],
            })
            .args(["--logger", "zap", "--log-level", "error"]);
        if let Some(tls) = &self.tls {
            command
                .arg("--client-cert-auth")
                .arg("--trusted-ca-file")
                .arg(&tls.ca)
                .arg("--cert-file")
                .arg(&tls.cert)
                .arg("--key-file")
                .arg(&tls.key);
        }
        command
            .stdout(File::create(&log).unwrap())
            .stderr(File::options().append(true).open(&log).unwrap());
        self.process = Some(spawn(&mut command));
    }

    fn wait(&mut self) {
        let began = Instant::now();
        while !self.answers() {
            let process = self.process.as_mut().unwrap();
            let ended = process.try_wait().unwrap();
            assert!(
                ended.is_none() && began.elapsed() < Duration::from_mins(1),
                "etcd doesn't start: {}",
                fs::read_to_string(self.log()).unwrap_or_default()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn log(&self) -> PathBuf {
        self.dir.path().join("log")
    }

    fn cluster(&self) -> String {
        let members = self.members.iter();
        let members = members.map(|port| format!("{port}={}", address(*port)));
        members.collect::<Vec<_>>().join(",")
    }

    /// Whether it is the leader of its cluster.
    pub(crate) fn leads(&self) -> bool {
        let status = self.status();
        status["leader"] == status["header"]["member_id"]
    }

    fn answers(&self) -> bool {
        if self.tls.is_some() {
            return self.try_ctl(&["endpoint", "health"], "").is_ok();
        }
        self.get("/health")
            .is_some_and(|page| page.contains("true"))
    }

    pub(crate) fn is_running(&self) -> bool {
        self.process.is_some()
    }

    /// With SIGKILL, as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    pub(crate) fn freeze(&self) {
        servers::freeze(self.process.as_ref().unwrap().id());
    }

    pub(crate) fn thaw(&self) {
        servers::thaw(self.process.as_ref().unwrap().id());
    }

    /// Writes keys below the prefix, and deletes those without a value, in one transaction.
    pub(crate) fn change(&self, changes: &[(&str, Option<&str>)]) {
        assert_eq!(self.try_change("", changes), Ok(true));
    }

    /// Like `change`, on a condition. Returns whether the condition held; fails while there is no leader.
    pub(crate) fn try_change(
        &self,
        condition: &str,
        changes: &[(&str, Option<&str>)],
    ) -> Result<bool, String> {
        let each = changes.iter().map(|(key, value)| match value {
            Some(value) => format!("put {PREFIX}{key} {value:?}"),
            None => format!("del {PREFIX}{key}"),
        });
        let each: Vec<String> = each.collect();
        let condition = match condition {
            "" => String::new(),
            condition => format!("{condition}\n"),
        };
        // The condition, the changes if it holds, and none if it does not.
        let transaction = format!("{condition}\n{}\n\n\n", each.join("\n"));
        let output = self.try_ctl(&["txn"], &transaction)?;
        match output.lines().next() {
            Some("SUCCESS") => Ok(true),
            Some("FAILURE") => Ok(false),
            _ => Err(output),
        }
    }

    pub(crate) fn put(&self, key: &str, value: &str) {
        self.change(&[(key, Some(value))]);
    }

    pub(crate) fn revision(&self) -> u64 {
        self.status()["header"]["revision"].as_u64().unwrap()
    }

    fn status(&self) -> Value {
        let status = self.ctl(&["endpoint", "status", "--write-out", "json"]);
        let mut status: Value = serde_json::from_str(&status).unwrap();
        status[0]["Status"].take()
    }

    pub(crate) fn compact(&self) {
        self.ctl(&["compaction", &self.revision().to_string()]);
    }

    pub(crate) fn back_up(&self) {
        let backup = self.dir.path().join("backup");
        self.ctl(&["snapshot", "save", backup.to_str().unwrap()]);
    }

    /// Starts it with the data of the backup.
    pub(crate) fn restore(&mut self) {
        assert!(self.process.is_none(), "it must be killed first");
        let backup = self.dir.path().join("backup");
        let data = self.dir.path().join("restored");
        self.ctl(&[
            "snapshot",
            "restore",
            backup.to_str().unwrap(),
            "--data-dir",
            data.to_str().unwrap(),
            "--name",
            &self.peer.to_string(),
            "--initial-advertise-peer-urls",
            &address(self.peer),
            "--initial-cluster",
            &self.cluster(),
        ]);
        self.data = data;
        self.run();
    }

    pub(crate) fn ctl(&self, arguments: &[&str]) -> String {
        self.try_ctl(arguments, "").unwrap()
    }

    /// A command of `etcdctl`, without its arguments.
    pub(crate) fn command(&self) -> Command {
        let mut command = program("etcdctl");
        command
            .env("ETCDCTL_API", "3")
            .args(["--endpoints", &self.endpoint()]);
        command
    }

    fn try_ctl(&self, arguments: &[&str], input: &str) -> Result<String, String> {
        let mut command = self.command();
        command.args(["--command-timeout", "10s"]).args(arguments);
        if let Some(tls) = &self.tls {
            command.arg("--cacert").arg(&tls.ca);
            command.arg("--cert").arg(&tls.cert);
            command.arg("--key").arg(&tls.key);
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = spawn(&mut command);
        let mut stdin = process.stdin.take().unwrap();
        stdin.write_all(input.as_bytes()).unwrap();
        drop(stdin);
        let output = process.wait_with_output().unwrap();
        if output.status.success() {
            Ok(String::from_utf8(output.stdout).unwrap())
        } else {
            let output = [output.stdout, output.stderr].concat();
            Err(format!(
                "{arguments:?}: {}",
                String::from_utf8_lossy(&output)
            ))
        }
    }

    /// Number of calls of a method of its API since it was started.
    pub(crate) fn calls(&self, method: &str) -> u64 {
        self.metric(&format!(
            "grpc_server_started_total{{grpc_method=\"{method}\""
        ))
    }

    /// The count in the first line of its metrics that begins so; 0 if there is none.
    pub(crate) fn metric(&self, line: &str) -> u64 {
        let page = self.get("/metrics").unwrap();
        let mut lines = page.lines().filter(|other| other.starts_with(line));
        let count = lines.next().and_then(|line| line.rsplit(' ').next());
        // A large count is printed with an exponent.
        let count: f64 = count.map_or(0.0, |count| count.parse().unwrap());
        format!("{count:.0}").parse().unwrap()
    }

    /// CPU time that it has used.
    pub(crate) fn cpu(&self) -> Duration {
        let id = self.process.as_ref().unwrap().id();
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split(' ').collect();
        // User and system time, in hundredths of a second.
        let ticks: u64 = fields[12].parse::<u64>().unwrap() + fields[13].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }

    fn get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.client)).ok()?;
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .ok()?;
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
        let mut page = String::new();
        stream.read_to_string(&mut page).ok()?;
        Some(page)
    }
}

fn address(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// A command without variables that configure the etcd of a developer.
fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    #[expect(clippy::disallowed_methods, reason = "only their names are looked at")]
    for (variable, _) in std::env::vars_os() {
        if variable.as_encoded_bytes().starts_with(b"ETCD") {
            command.env_remove(variable);
        }
    }
    command
}

fn spawn(command: &mut Command) -> Child {
    let name = command.get_program().to_owned();
    command.spawn().unwrap_or_else(|error| {
        panic!(
            "{} cannot be started: {error}. These tests need Debian's etcd-server and etcd-client; tests/run.sh installs them",
            name.display()
        )
    })
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
