//! Processes of the fleet, and the logs of their instances.

use crate::{server::Server, until};
use settings_tests::servers;
use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;

pub(crate) struct Processes {
    pub(crate) each: usize,
    dir: TempDir,
    second: Duration,
    endpoints: String,
    running: Vec<Child>,
    /// Every process that was ever started, by the instance that it begins with.
    logs: Vec<(usize, PathBuf)>,
}

/// One line of a log: an instance has other settings in force.
#[derive(Clone, Debug)]
pub(crate) struct Swap {
    /// Since 1970.
    pub(crate) at: Duration,
    pub(crate) id: String,
    /// The revision that its store had reached at least.
    pub(crate) seen: u64,
    /// The number of the push; `None` for a mixture.
    pub(crate) number: Option<u64>,
}

/// What a command has printed.
#[derive(Debug)]
pub(crate) struct Printed {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Processes {
    pub(crate) fn start(members: &[Server], count: usize, each: usize, second: Duration) -> Self {
        let endpoints: Vec<String> = members.iter().map(Server::endpoint).collect();
        let mut processes = Self {
            each,
            dir: TempDir::new().unwrap(),
            second,
            endpoints: endpoints.join(","),
            running: Vec::new(),
            logs: Vec::new(),
        };
        for nth in 0..count {
            let child = processes.launch(nth, count);
            processes.running.push(child);
        }
        processes
    }

    fn launch(&mut self, nth: usize, count: usize) -> Child {
        let first = nth * self.each;
        let log = self.dir.path().join(format!("log-{}", self.logs.len()));
        let mut command = self.command();
        let numbers = [first, self.each, count * self.each];
        command
            .args(numbers.map(|number| number.to_string()))
            .arg(self.second.as_millis().to_string())
            .arg(self.dir.path())
            .stdin(Stdio::piped())
            .stdout(File::create(&log).unwrap());
        self.logs.push((first, log));
        command.spawn().unwrap()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fleet"));
        command
            .env("SHOP_ETCD_ENDPOINTS", &self.endpoints)
            .env("SHOP_ETCD_PREFIX", crate::server::PREFIX)
            .env("SHOP_ETCD_TIMEOUT", "30s");
        command
    }

    /// Starts `settings store …`.
    pub(crate) fn spawn(&self, words: &[&str]) -> Child {
        let mut command = self.command();
        command
            .args(["settings", "store"])
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    pub(crate) fn run(&self, words: &[&str]) -> Printed {
        ended(self.spawn(words))
    }

    /// A file with settings to push.
    pub(crate) fn file(&self, name: &str, content: &str) -> String {
        let path = self.dir.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn kill(&mut self, nth: usize) {
        self.running[nth].kill().unwrap();
        self.running[nth].wait().unwrap();
    }

    /// Starts a process again that was killed.
    pub(crate) fn restart(&mut self, nth: usize) {
        let count = self.running.len();
        self.running[nth] = self.launch(nth, count);
    }

    pub(crate) fn freeze(&self, nth: usize) {
        servers::freeze(self.running[nth].id());
    }

    pub(crate) fn thaw(&self, nth: usize) {
        servers::thaw(self.running[nth].id());
    }

    /// Ends all of them in an orderly way.
    pub(crate) fn end(&mut self) {
        for process in &mut self.running {
            drop(process.stdin.take());
        }
        for process in &mut self.running {
            assert!(process.wait().unwrap().success());
        }
    }

    /// Bytes of memory that a process uses.
    pub(crate) fn memory(&self, nth: usize) -> u64 {
        let status = format!("/proc/{}/status", self.running[nth].id());
        let status = fs::read_to_string(status).unwrap();
        let mut lines = status.lines();
        let kib = lines.find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kib: u64 = kib.trim().trim_end_matches(" kB").parse().unwrap();
        kib * 1024
    }

    /// The swaps of every instance that ever ran, by the process that it was in.
    pub(crate) fn swaps(&self) -> BTreeMap<(usize, usize), Vec<Swap>> {
        let mut swaps: BTreeMap<_, Vec<Swap>> = BTreeMap::new();
        for (nth, (_, log)) in self.logs.iter().enumerate() {
            let text = fs::read_to_string(log).unwrap();
            // The last line may be incomplete.
            let complete = text.rfind('\n').map_or("", |end| &text[..end]);
            for line in complete.lines() {
                let words: Vec<&str> = line.split(' ').collect();
                let [micros, index, id, seen, _, number] = words[..] else {
                    panic!("{line:?}");
                };
                let swap = Swap {
                    at: Duration::from_micros(micros.parse().unwrap()),
                    id: id.to_owned(),
                    seen: seen.parse().unwrap(),
                    number: number.parse().ok(),
                };
                let index = index.parse().unwrap();
                swaps.entry((nth, index)).or_default().push(swap);
            }
        }
        swaps
    }

    /// Waits until every instance of these processes runs this number, and no other.
    #[track_caller]
    pub(crate) fn run_all(&self, processes: &[usize], number: u64) {
        until(&format!("all run {number}"), || {
            let swaps = self.swaps();
            let now = processes.iter().flat_map(|process| {
                let first = process * self.each;
                let latest = self.logs.iter().rposition(|(begin, _)| *begin == first);
                (first..first + self.each).map(move |index| (latest.unwrap(), index))
            });
            let mut now = now.map(|place| swaps.get(&place).and_then(|swaps| swaps.last()));
            now.all(|swap| swap.is_some_and(|swap| swap.number == Some(number)))
        });
    }

    /// Whether an instance runs this number.
    pub(crate) fn is_anywhere(&self, number: u64) -> bool {
        let swaps = self.swaps();
        let mut last = swaps.values().filter_map(|swaps| swaps.last());
        last.any(|swap| swap.number == Some(number))
    }

    /// Whether an instance has ever run this number.
    pub(crate) fn has_been_anywhere(&self, number: u64) -> bool {
        let swaps = self.swaps();
        let mut swaps = swaps.values().flatten();
        swaps.any(|swap| swap.number == Some(number))
    }

    /// The last good files, as text.
    pub(crate) fn last_good(&self) -> Vec<String> {
        let entries = fs::read_dir(self.dir.path()).unwrap().flatten();
        let files = entries.map(|entry| entry.path());
        let files = files.filter(|path| name(path).starts_with("last-good-"));
        files
            .map(|path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned())
            .collect()
    }
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap()
}

/// Waits for the end of a command.
pub(crate) fn ended(child: Child) -> Printed {
    let output = child.wait_with_output().unwrap();
    Printed {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        for process in &mut self.running {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
