//! Programs that tests start, each on a free port and in a temporary directory. They are killed when the test ends.

use crate::client::{Answer, Client};
use std::{
    env,
    fmt::Write as _,
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{
        Arc, Mutex, OnceLock, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Bound of every wait, far longer than anything takes on a busy machine.
pub const LONG: Duration = Duration::from_mins(1);

/// Waits until a condition holds.
#[track_caller]
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < LONG, "timed out waiting for {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// A process that is killed when the test ends.
#[derive(Debug)]
pub struct Process(Child);

impl Process {
    pub fn start(command: &mut Command) -> Self {
        let name = command.get_program().to_owned();
        Self(
            command
                .spawn()
                .unwrap_or_else(|error| panic!("cannot start {}: {error}", name.display())),
        )
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -{name} {}", self.0.id())])
            .status();
        assert!(sent.unwrap().success());
    }

    pub fn id(&self) -> u32 {
        self.0.id()
    }

    pub fn is_running(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    pub fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        eventually("the exit of a process", || {
            status = self.0.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A running service.
#[derive(Debug)]
pub struct Service {
    pub process: Process,
    pub address: SocketAddr,
    lines: Arc<Mutex<String>>,
    readers: Vec<thread::JoinHandle<()>>,
    directory: TempDir,
}

/// Variables of a service with SQLite, without Redis and without a drain delay.
const USUAL: [(&str, &str); 7] = [
    ("PORT", "0"),
    ("SERVER_HOST", "127.0.0.1"),
    ("SECRET_KEY", "hunter2-in-the-key"),
    ("DATABASE_URL", "sqlite:notes.db"),
    ("REDIS_URL", ""),
    ("SHUTDOWN_DRAIN_DELAY", "0s"),
    ("HEALTH_MAX_AGE", "100ms"),
];

/// Command that runs the service in this directory, with only these environment variables.
pub fn command(directory: &Path, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_service"));
    command
        .current_dir(directory)
        .env_clear()
        .envs(variables.iter().copied());
    command
}

/// Runs the service with these arguments until it exits, and returns its output.
pub fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    command(directory.path(), variables)
        .args(arguments)
        .output()
        .unwrap()
}

impl Service {
    /// Starts with SQLite, without Redis and without a drain delay, unless the variables override that.
    pub fn start(variables: &[(&str, &str)]) -> Self {
        let all = [&USUAL, variables].concat();
        Self::start_in(tempfile::tempdir().unwrap(), &all)
    }

    /// Starts in this directory, with only these environment variables.
    pub fn start_in(directory: TempDir, variables: &[(&str, &str)]) -> Self {
        let command = command(directory.path(), variables);
        Self::start_command(directory, command)
    }

    /// Starts with this limit of open files, as `ulimit` sets it.
    pub fn start_limited(ulimit: &str, variables: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let all = [&USUAL, variables].concat();
        let mut shell = Command::new("sh");
        let script = format!("ulimit {ulimit} && exec \"$0\"");
        shell
            .args(["-c", &script, env!("CARGO_BIN_EXE_service")])
            .current_dir(directory.path())
            .env_clear()
            .envs(all);
        Self::start_command(directory, shell)
    }

    fn start_command(directory: TempDir, mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = Process::start(&mut command);
        let lines = Arc::default();
        let readers = vec![
            collect_lines(process.0.stdout.take().unwrap(), &lines),
            collect_lines(process.0.stderr.take().unwrap(), &lines),
        ];
        let mut address = None;
        eventually("the address in the log", || {
            let lines = lines.lock().unwrap();
            let logged = lines
                .split_once("listening address=")
                .or(lines.split_once(r#""address":""#));
            address = logged.and_then(|(_, rest)| rest.split(['\n', '"']).next()?.parse().ok());
            address.is_some()
        });
        Self {
            process,
            address: address.unwrap(),
            lines,
            readers,
            directory,
        }
    }

    /// Working directory of the service.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Address of the management port, from the log.
    pub fn management_address(&self) -> SocketAddr {
        let mut address = None;
        eventually("the management address in the log", || {
            let lines = self.lines.lock().unwrap();
            let logged = lines.split_once("management_address=");
            address = logged.and_then(|(_, rest)| rest.split('\n').next()?.parse().ok());
            address.is_some()
        });
        address.unwrap()
    }

    pub fn client(&self) -> Client {
        Client::connect(self.address).unwrap()
    }

    pub fn get(&self, path: &str) -> Answer {
        self.client().get(path).unwrap()
    }

    /// Waits until readiness has this status and its body contains this text.
    #[track_caller]
    pub fn until_ready_is(&self, status: u16, text: &str) -> Answer {
        let mut last = None;
        eventually(text, || {
            let answer = last.insert(self.get("/health/ready"));
            answer.status == status && answer.body.contains(text)
        });
        last.unwrap()
    }

    /// Whether the log contains this text.
    pub fn log_contains(&self, text: &str) -> bool {
        self.lines.lock().unwrap().contains(text)
    }

    /// First log line that contains this text.
    #[track_caller]
    pub fn log_line(&self, text: &str) -> String {
        let lines = self.lines.lock().unwrap();
        let line = lines.lines().find(|line| line.contains(text));
        line.unwrap_or_else(|| panic!("no {text} in {lines}"))
            .to_owned()
    }

    /// Number of log lines that contain this text.
    pub fn count_in_log(&self, text: &str) -> usize {
        let lines = self.lines.lock().unwrap();
        lines.lines().filter(|line| line.contains(text)).count()
    }

    /// Waits until the log contains this text.
    #[track_caller]
    pub fn until_log_contains(&self, text: &str) {
        eventually(text, || self.log_contains(text));
    }

    /// Waits for the exit. Returns the exit code and the log.
    pub fn wait(mut self) -> (Option<i32>, String) {
        let status = self.process.wait();
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        let lines = std::mem::take(&mut *self.lines.lock().unwrap());
        assert!(
            !lines.contains("hunter2"),
            "a secret is in the log: {lines}"
        );
        (status.code(), lines)
    }
}

fn collect_lines(
    from: impl Read + Send + 'static,
    lines: &Arc<Mutex<String>>,
) -> thread::JoinHandle<()> {
    let lines = lines.clone();
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let mut lines = lines.lock().unwrap();
            lines.push_str(&line);
            lines.push('\n');
        }
    })
}

/// A running Redis.
#[derive(Debug)]
pub struct Redis {
    pub process: Process,
    pub url: String,
    pub port: u16,
}

impl Redis {
    pub fn start() -> Self {
        Self::start_at(free_port())
    }

    pub fn start_at(port: u16) -> Self {
        Self::start_with(port, &[])
    }

    /// Starts with these additional arguments.
    pub fn start_with(port: u16, arguments: &[&str]) -> Self {
        let mut command = Command::new(program("redis-server", &[]));
        command
            .args([
                "--port",
                &port.to_string(),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
            ])
            .args(arguments)
            .stdout(Stdio::null());
        let process = Process::start(&mut command);
        until_open(port);
        Self {
            process,
            url: format!("redis://127.0.0.1:{port}/0"),
            port,
        }
    }
}

/// A running Prometheus that scrapes one address.
#[derive(Debug)]
pub struct Prometheus {
    _process: Process,
    address: SocketAddr,
    _directory: TempDir,
}

impl Prometheus {
    pub fn scrape(target: SocketAddr) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let config = format!(
            "global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}\n\
             scrape_configs: [{{job_name: service, static_configs: [{{targets: ['{target}']}}]}}]\n"
        );
        let file = directory.path().join("prometheus.yml");
        fs::write(&file, config).unwrap();
        let port = free_port();
        let mut command = Command::new(program("prometheus", &[]));
        command
            .arg(format!("--config.file={}", file.display()))
            .arg(format!(
                "--storage.tsdb.path={}",
                directory.path().display()
            ))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let process = Process::start(&mut command);
        until_open(port);
        Self {
            _process: process,
            address: (Ipv4Addr::LOCALHOST, port).into(),
            _directory: directory,
        }
    }

    /// Evaluates a query, and returns its vector of samples.
    #[track_caller]
    pub fn query(&self, query: &str) -> serde_json::Value {
        let mut url = "/api/v1/query?query=".to_owned();
        for byte in query.bytes() {
            let _ = write!(url, "%{byte:02x}");
        }
        let mut result = None;
        // While it starts, it answers 503.
        eventually("an answer of Prometheus", || {
            let answer = Client::connect(self.address).and_then(|mut client| client.get(&url));
            result = answer.ok().filter(|answer| answer.status != 503);
            result.is_some()
        });
        let body = result.unwrap().body;
        let answer: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(answer["status"], "success", "{query}: {body}");
        answer["data"]["result"].clone()
    }
}

/// A running PostgreSQL.
#[derive(Debug)]
pub struct Postgres {
    pub process: Process,
    pub url: String,
    pub port: u16,
    /// Its own directory, and that of the template.
    directories: [Arc<TempDir>; 2],
}

impl Postgres {
    pub fn start() -> Self {
        Self::start_at(free_port())
    }

    pub fn start_at(port: u16) -> Self {
        let (directory, template) = (tempfile::tempdir().unwrap(), template());
        copy(
            &template.path().join("data"),
            &directory.path().join("data"),
        );
        Self::start_in([Arc::new(directory), template], port)
    }

    /// Starts one that rejects every password.
    pub fn start_rejecting_passwords() -> Self {
        let started = Self::start();
        let data = started.directories[0].path().join("data");
        fs::write(data.join("pg_hba.conf"), "host all all all scram-sha-256\n").unwrap();
        started.restart()
    }

    /// Restarts it with the same data.
    pub fn restart(self) -> Self {
        let (directories, port) = (self.directories.clone(), self.port);
        drop(self);
        Self::start_in(directories, port)
    }

    fn start_in(directories: [Arc<TempDir>; 2], port: u16) -> Self {
        let directory = directories[0].path();
        let data = directory.join("data");
        // A killed process leaves this file behind.
        let _ = fs::remove_file(data.join("postmaster.pid"));
        let mut command = as_postgres("postgres");
        command
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string(), "-h", "127.0.0.1", "-k", ""]);
        for option in [
            "fsync=off",
            "shared_buffers=16MB",
            "log_statement=all",
            "log_destination=stderr",
        ] {
            command.args(["-c", option]);
        }
        command.stderr(fs::File::create(directory.join("log")).unwrap());
        let process = Process::start(&mut command);
        until_open(port);
        Self {
            process,
            url: postgres_url(port),
            port,
            directories,
        }
    }

    /// Executes a statement as the superuser.
    pub fn execute(&self, statement: &str) {
        let psql = program("psql", &postgres_directories());
        let output = Command::new(psql)
            .args([&*self.url, "--command", statement])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Number of executed statements that contain this text.
    pub fn statements(&self, text: &str) -> usize {
        let log = fs::read_to_string(self.directories[0].path().join("log")).unwrap();
        log.lines().filter(|line| line.contains(text)).count()
    }
}

/// URL of a PostgreSQL on this port. The server does not check the password, which tests search for in outputs.
pub fn postgres_url(port: u16) -> String {
    format!("postgres://postgres:hunter2@127.0.0.1:{port}/postgres")
}

/// A server that accepts connections and never answers.
#[derive(Debug)]
pub struct UnresponsiveServer {
    pub port: u16,
    _listener: TcpListener,
}

impl UnresponsiveServer {
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        Self {
            port: listener.local_addr().unwrap().port(),
            _listener: listener,
        }
    }
}

/// A TCP proxy. It can stop forwarding, like a firewall that dropped its connections: those never recover.
#[derive(Debug)]
pub struct Proxy {
    pub port: u16,
    /// Number of pauses and resumptions. The proxy is paused while this is odd.
    generation: Arc<AtomicUsize>,
}

impl Proxy {
    pub fn start(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let generation: Arc<AtomicUsize> = Arc::default();
        let now = Arc::clone(&generation);
        thread::spawn(move || {
            let mut stalled = Vec::new();
            for client in listener.incoming().map_while(Result::ok) {
                let own_generation = now.load(Ordering::SeqCst);
                if own_generation % 2 == 1 {
                    stalled.push(client);
                    continue;
                }
                let server = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).unwrap();
                let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
                for (from, to) in [(client, server), back] {
                    let now = Arc::clone(&now);
                    thread::spawn(move || {
                        forward(from, to, || now.load(Ordering::SeqCst) == own_generation);
                    });
                }
            }
        });
        Self { port, generation }
    }

    /// Starts one that holds back everything for this time.
    pub fn start_slow(server: u16, delay: Duration) -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).unwrap();
                let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
                for (from, to) in [(client, server), back] {
                    thread::spawn(move || {
                        forward(from, to, || {
                            thread::sleep(delay);
                            true
                        });
                    });
                }
            }
        });
        port
    }

    pub fn pause(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    pub fn resume(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
    }
}

/// Forwards bytes while the condition holds. After that, both connections stay open without traffic.
fn forward(mut from: TcpStream, mut to: TcpStream, holds: impl Fn() -> bool) {
    let mut some = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut some) {
        while !holds() {
            thread::park();
        }
        if to.write_all(&some[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

/// An HTTP server that records every request.
#[cfg(any(feature = "otel", feature = "sentry"))]
#[derive(Debug)]
pub struct Collector {
    pub port: u16,
    received: Arc<Mutex<String>>,
}

#[cfg(any(feature = "otel", feature = "sentry"))]
impl Collector {
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let received: Arc<Mutex<String>> = Arc::default();
        let lines = received.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                record(stream, &lines);
            }
        });
        Self { port, received }
    }

    /// Waits for a request with this request line, and returns everything received.
    #[track_caller]
    pub fn received(&self, request: &str) -> String {
        eventually(request, || self.received.lock().unwrap().contains(request));
        self.received.lock().unwrap().clone()
    }
}

/// Records one request and answers it, closing the connection.
#[cfg(any(feature = "otel", feature = "sentry"))]
fn record(mut stream: TcpStream, lines: &Mutex<String>) {
    let mut bytes = Vec::new();
    let mut some = [0; 4096];
    let complete = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
        let (head, _) = text.split_once("\r\n\r\n")?;
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))?;
        let body_start = bytes.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
        Some(bytes.len() >= body_start + length.parse::<usize>().ok()?)
    };
    while complete(&bytes) != Some(true) {
        match stream.read(&mut some) {
            Ok(0) | Err(_) => break,
            Ok(read) => bytes.extend_from_slice(&some[..read]),
        }
    }
    lines
        .lock()
        .unwrap()
        .push_str(&String::from_utf8_lossy(&bytes));
    let _ =
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
}

pub fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

#[track_caller]
fn until_open(port: u16) {
    eventually("an open port", || {
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
    });
}

/// A database cluster that is created once, and copied for each test. The last test removes it.
fn template() -> Arc<TempDir> {
    static TEMPLATE: Mutex<Weak<TempDir>> = Mutex::new(Weak::new());
    let mut template = TEMPLATE.lock().unwrap();
    if let Some(made) = template.upgrade() {
        return made;
    }
    let directory = Arc::new(tempfile::tempdir().unwrap());
    chown(directory.path());
    let mut initdb = as_postgres("initdb");
    initdb.arg("-D").arg(directory.path().join("data"));
    initdb.args([
        "-U",
        "postgres",
        "--auth=trust",
        "--no-sync",
        "--encoding=UTF8",
        "--locale=C",
    ]);
    let made = initdb.output().unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    *template = Arc::downgrade(&directory);
    directory
}

fn copy(from: &Path, to: &Path) {
    chown(to.parent().unwrap());
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.unwrap().success());
}

/// Runs a program of PostgreSQL as the user `postgres`, because it refuses to run as root.
fn as_postgres(name: &str) -> Command {
    let program = program(name, &postgres_directories());
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
        .arg(program);
    command
}

fn chown(directory: &Path) {
    if is_root() {
        assert!(
            Command::new("chown")
                .arg("postgres:")
                .arg(directory)
                .status()
                .unwrap()
                .success()
        );
    }
}

fn is_root() -> bool {
    static ROOT: OnceLock<bool> = OnceLock::new();
    *ROOT.get_or_init(|| Command::new("id").arg("-u").output().unwrap().stdout == b"0\n")
}

fn postgres_directories() -> Vec<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .map_while(Result::ok);
    versions.map(|version| version.path().join("bin")).collect()
}

pub fn program(name: &str, beyond: &[PathBuf]) -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "the location of programs is not a setting of the service"
    )]
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path)
        .chain(beyond.iter().cloned())
        .map(|directory| directory.join(name))
        .find(|file| file.exists());
    found.unwrap_or_else(|| panic!("{name} not found: these tests require postgresql, redis-server and prometheus; tests/run.sh installs them"))
}

/// Whether the connection was closed between two requests, in which case a client retries.
pub fn was_closed(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), UnexpectedEof | ConnectionReset | BrokenPipe)
}
