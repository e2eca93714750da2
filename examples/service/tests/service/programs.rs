//! Programs that tests start, each on a free port, in a directory of its own; they end with the test.

use crate::client::{Answer, Client};
use std::{
    env, fs,
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

/// Far more than anything takes on a machine that is busy.
pub const LONG: Duration = Duration::from_mins(1);

/// Waits for something that must come.
#[track_caller]
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < LONG, "it never came: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// A process that is killed when the test ends.
#[derive(Debug)]
pub struct Process(Child);

impl Process {
    fn start(command: &mut Command) -> Self {
        let name = command.get_program().to_owned();
        Self(
            command
                .spawn()
                .unwrap_or_else(|error| panic!("{} can't be started: {error}", name.display())),
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

    pub fn ended(&mut self) -> ExitStatus {
        let mut status = None;
        eventually("the end of a process", || {
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

/// The service.
#[derive(Debug)]
pub struct Service {
    pub process: Process,
    pub address: SocketAddr,
    lines: Arc<Mutex<String>>,
    readers: Vec<thread::JoinHandle<()>>,
    directory: TempDir,
}

/// The service with these variables and no others, run in this directory.
pub fn command(directory: &Path, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_service"));
    command
        .current_dir(directory)
        .env_clear()
        .envs(variables.iter().copied());
    command
}

/// What the service says with these arguments, without serving.
pub fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    command(directory.path(), variables)
        .args(arguments)
        .output()
        .unwrap()
}

impl Service {
    /// Starts with a SQLite file, without Redis and without a drain delay, unless the variables say otherwise.
    pub fn start(variables: &[(&str, &str)]) -> Self {
        let usual = [
            ("PORT", "0"),
            ("SERVER_HOST", "127.0.0.1"),
            ("SECRET_KEY", "hunter2-in-the-key"),
            ("DATABASE_URL", "sqlite:notes.db"),
            ("REDIS_URL", ""),
            ("SHUTDOWN_DRAIN_DELAY", "0s"),
            ("HEALTH_MAX_AGE", "100ms"),
        ];
        let all = [&usual, variables].concat();
        Self::start_in(tempfile::tempdir().unwrap(), &all)
    }

    /// Starts in this directory, with these variables and no others.
    pub fn start_in(directory: TempDir, variables: &[(&str, &str)]) -> Self {
        let mut command = command(directory.path(), variables);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = Process::start(&mut command);
        let lines = Arc::default();
        let readers = vec![
            gather(process.0.stdout.take().unwrap(), &lines),
            gather(process.0.stderr.take().unwrap(), &lines),
        ];
        let mut address = None;
        eventually("the line that tells the address", || {
            let lines = lines.lock().unwrap();
            let told = lines
                .split_once("listening address=")
                .or(lines.split_once(r#""address":""#));
            address = told.and_then(|(_, rest)| rest.split(['\n', '"']).next()?.parse().ok());
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

    /// Where it runs.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub fn client(&self) -> Client {
        Client::connect(self.address).unwrap()
    }

    pub fn get(&self, path: &str) -> Answer {
        self.client().get(path).unwrap()
    }

    /// Waits until readiness has this status and says this.
    #[track_caller]
    pub fn until_ready_is(&self, status: u16, says: &str) -> Answer {
        let mut last = None;
        eventually(says, || {
            let answer = last.insert(self.get("/health/ready"));
            answer.status == status && answer.body.contains(says)
        });
        last.unwrap()
    }

    /// Whether the log says this by now.
    pub fn log_says(&self, says: &str) -> bool {
        self.lines.lock().unwrap().contains(says)
    }

    /// Waits until the log says this.
    #[track_caller]
    pub fn until_log_says(&self, says: &str) {
        eventually(says, || self.log_says(says));
    }

    /// Waits for the end. Gives the code and all that was logged.
    pub fn ended(mut self) -> (Option<i32>, String) {
        let status = self.process.ended();
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

fn gather(from: impl Read + Send + 'static, lines: &Arc<Mutex<String>>) -> thread::JoinHandle<()> {
    let lines = lines.clone();
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let mut lines = lines.lock().unwrap();
            lines.push_str(&line);
            lines.push('\n');
        }
    })
}

/// A Redis.
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

/// A PostgreSQL.
#[derive(Debug)]
pub struct Postgres {
    pub process: Process,
    pub url: String,
    pub port: u16,
    /// Its own, and the template's.
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

    /// Starts again what was killed.
    pub fn start_again(self) -> Self {
        let (directories, port) = (self.directories.clone(), self.port);
        drop(self);
        Self::start_in(directories, port)
    }

    fn start_in(directories: [Arc<TempDir>; 2], port: u16) -> Self {
        let directory = directories[0].path();
        let data = directory.join("data");
        // A kill leaves it behind.
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

    /// How many statements it was given that contain this.
    pub fn statements(&self, with: &str) -> usize {
        let log = fs::read_to_string(self.directories[0].path().join("log")).unwrap();
        log.lines().filter(|line| line.contains(with)).count()
    }
}

/// The URL of a PostgreSQL at this port. The password is not asked for; it is there to be looked for.
pub fn postgres_url(port: u16) -> String {
    format!("postgres://postgres:hunter2@127.0.0.1:{port}/postgres")
}

/// A server that accepts connections and never says a word.
#[derive(Debug)]
pub struct Silent {
    pub port: u16,
    _listener: TcpListener,
}

impl Silent {
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        Self {
            port: listener.local_addr().unwrap().port(),
            _listener: listener,
        }
    }
}

/// Stands before a server. It can fall silent as a firewall that forgot its connections: those never speak again.
#[derive(Debug)]
pub struct Proxy {
    pub port: u16,
    /// How often it fell silent and spoke again; it is silent while this is odd.
    turns: Arc<AtomicUsize>,
}

impl Proxy {
    pub fn start(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let turns: Arc<AtomicUsize> = Arc::default();
        let now = Arc::clone(&turns);
        thread::spawn(move || {
            let mut unheard = Vec::new();
            for client in listener.incoming().map_while(Result::ok) {
                let turn = now.load(Ordering::SeqCst);
                if turn % 2 == 1 {
                    unheard.push(client);
                    continue;
                }
                let server = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).unwrap();
                let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
                for (from, to) in [(client, server), back] {
                    let now = Arc::clone(&now);
                    thread::spawn(move || pass_on(from, to, || now.load(Ordering::SeqCst) == turn));
                }
            }
        });
        Self { port, turns }
    }

    pub fn fall_silent(&self) {
        self.turns.fetch_add(1, Ordering::SeqCst);
    }

    pub fn speak_again(&self) {
        self.turns.fetch_add(1, Ordering::SeqCst);
    }
}

/// What comes from one is sent to the other, while it holds; then both stay open, and hear nothing.
fn pass_on(mut from: TcpStream, mut to: TcpStream, holds: impl Fn() -> bool) {
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

/// Takes whatever is sent to it over HTTP.
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
                take(stream, &lines);
            }
        });
        Self { port, received }
    }

    /// Waits for a request that begins so, and gives all that came.
    #[track_caller]
    pub fn received(&self, request: &str) -> String {
        eventually(request, || self.received.lock().unwrap().contains(request));
        self.received.lock().unwrap().clone()
    }
}

/// One request, answered so that the connection ends.
#[cfg(any(feature = "otel", feature = "sentry"))]
fn take(mut stream: TcpStream, lines: &Mutex<String>) {
    let mut bytes = Vec::new();
    let mut some = [0; 4096];
    let complete = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
        let (head, _) = text.split_once("\r\n\r\n")?;
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))?;
        let begins = bytes.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
        Some(bytes.len() >= begins + length.parse::<usize>().ok()?)
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

/// A fresh cluster, made once for all tests that run at a time, and copied for each; the last one removes it.
fn template() -> Arc<TempDir> {
    static TEMPLATE: Mutex<Weak<TempDir>> = Mutex::new(Weak::new());
    let mut template = TEMPLATE.lock().unwrap();
    if let Some(made) = template.upgrade() {
        return made;
    }
    let directory = Arc::new(tempfile::tempdir().unwrap());
    own(directory.path());
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
    own(to.parent().unwrap());
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.unwrap().success());
}

/// PostgreSQL refuses to be run by root; its package brings a user along.
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

fn own(directory: &Path) {
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

fn program(name: &str, beyond: &[PathBuf]) -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "where programs lie is no setting of the service"
    )]
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path)
        .chain(beyond.iter().cloned())
        .map(|place| place.join(name))
        .find(|file| file.exists());
    found.unwrap_or_else(|| panic!("{name} is missing: these tests need postgresql and redis-server; tests/run.sh installs them"))
}

/// An error of a connection that was closed between two requests, where a client asks again.
pub fn was_closed(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), UnexpectedEof | ConnectionReset | BrokenPipe)
}
