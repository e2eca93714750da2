//! PostgreSQL for a test: processes on a free port, with a temporary directory.

use settings_core::remote::{Store, StoreState};
use settings_postgres::{Postgres, PostgresSettings};
use settings_tests::servers::{self, Tls, free_port};
use std::{
    env,
    fmt::Write as _,
    fs::{self, File},
    io::Write as _,
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

pub(crate) const PREFIX: &str = "/shop/";
/// Longer than anything takes; only a test that fails waits for it.
pub(crate) const LONG: Duration = Duration::from_mins(1);

/// The name of the store in messages.
pub(crate) const NAME: &str = "postgres";

pub(crate) struct Server {
    dir: TempDir,
    port: u16,
    data: PathBuf,
    process: Option<Child>,
    tls: Option<Tls>,
    template: Option<Arc<TempDir>>,
}

impl Server {
    /// Starts a server with the tables.
    pub(crate) fn start() -> Self {
        Self::copied(&template("tables", Self::with_tables), |_| None)
    }

    /// Starts a server without the tables.
    pub(crate) fn start_empty() -> Self {
        Self::copied(&template("empty", Self::initialize), |_| None)
    }

    /// Starts a server with the tables, and with the certificates that `make` writes to a directory.
    pub(crate) fn start_with_tls(make: impl FnOnce(&Path) -> Tls) -> Self {
        let template = template("tables", Self::with_tables);
        Self::copied(&template, |dir| Some(make(dir)))
    }

    fn copied(template: &Arc<TempDir>, tls: impl FnOnce(&Path) -> Option<Tls>) -> Self {
        let dir = directory();
        copy(&template.path().join("data"), &dir.path().join("data"));
        let mut server = Self::stopped(dir, tls);
        server.template = Some(template.clone());
        server.run();
        server
    }

    fn stopped(dir: TempDir, tls: impl FnOnce(&Path) -> Option<Tls>) -> Self {
        let tls = tls(dir.path());
        if let Some(tls) = &tls {
            // The server refuses a key that others may read.
            let status = Command::new("chmod").arg("0600").arg(&tls.key).status();
            assert!(status.unwrap().success());
            chown(&tls.key);
        }
        Self {
            port: free_port(),
            data: dir.path().join("data"),
            process: None,
            tls,
            dir,
            template: None,
        }
    }

    fn initialize(dir: &Path) {
        let mut initdb = as_postgres("initdb");
        initdb.arg("-D").arg(dir.join("data")).args([
            "-U",
            "postgres",
            "--auth=trust",
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C",
        ]);
        let made = initdb.output().unwrap();
        let error = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "{error}");
        // Every role but the owner needs its password.
        let access = "host all postgres all trust\nhost replication postgres all trust\nhost all all all scram-sha-256\n";
        fs::write(dir.join("data/pg_hba.conf"), access).unwrap();
    }

    fn with_tables(dir: &Path) {
        let server = Self::start_empty();
        server.settings().create_tables().unwrap();
        let mut server = server;
        server.stop();
        copy(&server.data, &dir.join("data"));
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn directory(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn url(&self) -> String {
        self.url_of("postgres", "hunter2")
    }

    /// URL of a role. The owner's password is not checked.
    pub(crate) fn url_of(&self, role: &str, password: &str) -> String {
        format!(
            "postgres://{role}:{password}@127.0.0.1:{}/postgres",
            self.port
        )
    }

    /// Settings of a client, with a shorter heartbeat than by default.
    pub(crate) fn settings(&self) -> PostgresSettings {
        settings(&self.url())
    }

    pub(crate) fn engine(&self) -> Postgres {
        Postgres::new(self.settings())
    }

    /// The control keys of pushes.
    pub(crate) fn history(&self) -> String {
        self.sql("SELECT value FROM settings.control WHERE key LIKE 'history/%'")
    }

    pub(crate) fn store(&self) -> Store {
        store(self.settings())
    }

    /// Starts it with its data, and waits until it answers.
    pub(crate) fn run(&mut self) {
        // A killed process leaves this file behind.
        let _ = fs::remove_file(self.data.join("postmaster.pid"));
        let log = self.dir.path().join("log");
        let mut command = as_postgres("postgres");
        command.arg("-D").arg(&self.data).args([
            "-p",
            &self.port.to_string(),
            "-h",
            "127.0.0.1",
            "-k",
            "",
        ]);
        for option in [
            "fsync=off",
            "shared_buffers=16MB",
            "log_statement=all",
            "log_destination=stderr",
            "jit=off",
        ] {
            command.args(["-c", option]);
        }
        if let Some(tls) = &self.tls {
            for (option, file) in [
                ("ssl_ca_file", &tls.ca),
                ("ssl_cert_file", &tls.cert),
                ("ssl_key_file", &tls.key),
            ] {
                command.args(["-c", &format!("{option}={}", file.display())]);
            }
            command.args(["-c", "ssl=on"]);
        }
        command.stderr(File::create(&log).unwrap());
        self.process = Some(command.spawn().unwrap());
        let began = Instant::now();
        while self.try_sql("SELECT 1").is_err() {
            let ended = self.process.as_mut().unwrap().try_wait().unwrap();
            assert!(
                ended.is_none() && began.elapsed() < LONG,
                "PostgreSQL does not start: {}",
                fs::read_to_string(&log).unwrap_or_default()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Number of statements that contain this text since it was started.
    pub(crate) fn statements(&self, text: &str) -> usize {
        let log = fs::read_to_string(self.dir.path().join("log")).unwrap();
        log.lines().filter(|line| line.contains(text)).count()
    }

    /// All of its processes: each connection has one.
    fn processes(&self) -> Vec<u32> {
        let Some(process) = &self.process else {
            return Vec::new();
        };
        let parent = process.id();
        let all = fs::read_dir("/proc").unwrap().flatten();
        let ids = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let is_child = |id: &u32| {
            let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            // The parent is the second field after the name.
            let fields = stat.rsplit(") ").next().unwrap_or_default().to_owned();
            fields.split(' ').nth(1) == Some(&parent.to_string())
        };
        ids.filter(is_child).chain([parent]).collect()
    }

    /// With SIGKILL, as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        if self.process.is_none() {
            return;
        }
        // Frozen first, so that it makes no process meanwhile.
        self.freeze();
        let ids = self.processes();
        let ids: Vec<String> = ids.iter().map(u32::to_string).collect();
        // One may have ended by itself.
        let _ = Command::new("kill").arg("-KILL").args(ids).output();
        self.process.take().unwrap().wait().unwrap();
    }

    /// Ends it properly.
    pub(crate) fn stop(&mut self) {
        let mut process = self.process.take().unwrap();
        let id = process.id().to_string();
        let status = Command::new("kill").args(["-INT", &id]).status();
        assert!(status.unwrap().success());
        process.wait().unwrap();
    }

    pub(crate) fn freeze(&self) {
        servers::freeze(self.process.as_ref().unwrap().id());
        for id in self.processes() {
            servers::freeze(id);
        }
    }

    pub(crate) fn thaw(&self) {
        for id in self.processes() {
            servers::thaw(id);
        }
    }

    /// Writes keys below the prefix, and deletes those without a value, in one transaction.
    pub(crate) fn change(&self, changes: &[(&str, Option<&str>)]) {
        let mut statements = String::from("BEGIN;\n");
        for (key, value) in changes {
            let key = quoted(key);
            let prefix = quoted(PREFIX);
            match value {
                Some(value) => writeln!(
                    statements,
                    "INSERT INTO settings.keys (prefix, key, value) VALUES ({prefix}, {key}, {})
                     ON CONFLICT (prefix, key) DO UPDATE SET value = excluded.value;",
                    quoted(value)
                ),
                None => writeln!(
                    statements,
                    "DELETE FROM settings.keys WHERE prefix = {prefix} AND key = {key};"
                ),
            }
            .unwrap();
        }
        self.sql(&(statements + "COMMIT;"));
    }

    pub(crate) fn put(&self, key: &str, value: &str) {
        self.change(&[(key, Some(value))]);
    }

    pub(crate) fn revision(&self) -> u64 {
        let revision = self.sql("SELECT revision FROM settings.heads WHERE prefix = '/shop/'");
        revision.parse().unwrap()
    }

    pub(crate) fn compact(&self) {
        self.sql(&format!(
            "SELECT settings.compact('/shop/', {})",
            self.revision()
        ));
    }

    /// Makes a copy of the running server.
    pub(crate) fn back_up(&self) {
        self.copy_to("backup", &[]);
    }

    fn copy_to(&self, name: &str, options: &[&str]) {
        let mut backup = as_postgres("pg_basebackup");
        backup
            .arg("-D")
            .arg(self.dir.path().join(name))
            .args(["--checkpoint=fast", "--no-sync", "-d", &self.url()])
            .args(options);
        let made = backup.output().unwrap();
        let error = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "{error}");
    }

    /// Starts the killed server with the data of the backup.
    pub(crate) fn restore(&mut self) {
        assert!(self.process.is_none(), "it must be killed first");
        self.data = self.dir.path().join("backup");
        self.run();
    }

    /// Starts a replica of this server.
    pub(crate) fn replica(&self) -> Self {
        self.copy_to("replica", &["--write-recovery-conf"]);
        let dir = directory();
        copy(&self.dir.path().join("replica"), &dir.path().join("data"));
        let mut replica = Self::stopped(dir, |_| None);
        replica.run();
        replica
    }

    /// Runs statements as the owner. Returns what they print.
    pub(crate) fn sql(&self, statements: &str) -> String {
        self.try_sql(statements).unwrap()
    }

    pub(crate) fn try_sql(&self, statements: &str) -> Result<String, String> {
        self.sql_as(&self.url(), statements)
    }

    pub(crate) fn sql_as(&self, url: &str, statements: &str) -> Result<String, String> {
        let mut command = Command::new(program("psql"));
        command
            .args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", url])
            .env("PGCONNECT_TIMEOUT", "10")
            .current_dir(self.dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut stdin = process.stdin.take().unwrap();
        // It ends at the first error.
        let _ = stdin.write_all(statements.as_bytes());
        drop(stdin);
        let output = process.wait_with_output().unwrap();
        if output.status.success() {
            let text = String::from_utf8(output.stdout).unwrap();
            Ok(text.trim_end().to_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    /// Makes a role with the password `hunter2` and this access to the prefix.
    pub(crate) fn add_role(&self, name: &str, access: &str) {
        self.sql(&format!(
            "CREATE ROLE {name} LOGIN PASSWORD 'hunter2'; SELECT settings.grant_access('{name}', '{PREFIX}', '{access}');"
        ));
    }
}

pub(crate) fn settings(url: &str) -> PostgresSettings {
    let mut settings = PostgresSettings::new(url, PREFIX);
    settings.timeout = LONG;
    settings.heartbeat = Duration::from_secs(2);
    settings
}

pub(crate) fn store(settings: PostgresSettings) -> Store {
    settings
        .store()
        .retry(Duration::from_millis(50)..=Duration::from_millis(400))
        .start()
}

pub(crate) fn until(what: &str, store: &Store, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < LONG, "never: {what}; {store:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn is_connected(store: &Store) -> bool {
    store.status().state == StoreState::Connected
}

/// Keys and values that a store has read.
pub(crate) fn held(store: &Store) -> Vec<String> {
    let snapshot = store.snapshot().unwrap_or_default();
    let values = snapshot.values.iter();
    values
        .map(|(key, value)| format!("{key}={}", String::from_utf8_lossy(value.bytes())))
        .collect()
}

pub(crate) fn wait_for_port(port: u16) {
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(began.elapsed() < LONG, "port {port} is not open");
        thread::sleep(Duration::from_millis(10));
    }
}

/// A data directory that is made once, and copied for each test. The last test removes it.
fn template(name: &'static str, make: fn(&Path)) -> Arc<TempDir> {
    static EMPTY: Mutex<Weak<TempDir>> = Mutex::new(Weak::new());
    static TABLES: Mutex<Weak<TempDir>> = Mutex::new(Weak::new());
    let template = if name == "empty" { &EMPTY } else { &TABLES };
    let mut template = template.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(made) = template.upgrade() {
        return made;
    }
    let dir = Arc::new(directory());
    make(dir.path());
    *template = Arc::downgrade(&dir);
    dir
}

/// A temporary directory of the user `postgres`.
pub(crate) fn directory() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    chown(dir.path());
    dir
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.unwrap().success());
}

/// A command as the user `postgres`, since these programs refuse to run as root.
pub(crate) fn as_postgres(name: &str) -> Command {
    let program = program(name);
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
        .arg(program);
    command
}

pub(crate) fn chown(path: &Path) {
    if is_root() {
        let status = Command::new("chown").arg("postgres:").arg(path).status();
        assert!(status.unwrap().success());
    }
}

fn is_root() -> bool {
    static ROOT: OnceLock<bool> = OnceLock::new();
    *ROOT.get_or_init(|| Command::new("id").arg("-u").output().unwrap().stdout == b"0\n")
}

/// Finds a program; Debian does not put those of PostgreSQL on the path.
fn program(name: &str) -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "where programs are is no setting"
    )]
    let path = env::var_os("PATH").unwrap_or_default();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let versions = versions.flatten().map(|version| version.path().join("bin"));
    let found = versions
        .chain(env::split_paths(&path))
        .chain(["/usr/sbin".into()])
        .map(|dir| dir.join(name))
        .find(|file| file.exists());
    found.unwrap_or_else(|| {
        panic!("{name} not found: these tests need Debian's postgresql and pgbouncer; tests/run.sh installs them")
    })
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
