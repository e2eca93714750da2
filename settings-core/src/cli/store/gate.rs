//! Gate of a rollout: a command of the operator that decides whether a stage may end.

use crate::remote::fleet::controller::Gate;
use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Time between two calls, and their limit.
const EVERY: Duration = Duration::from_secs(10);
const LIMIT: Duration = Duration::from_secs(10);

/// A gate, which runs beside the controller.
pub(super) struct GateCommand {
    command: Option<String>,
    running: Option<(Child, Instant)>,
    next_at: Instant,
    result: Gate,
}

impl GateCommand {
    pub(super) fn new(command: Option<&str>) -> Self {
        let result = match command {
            Some(_) => Gate::Closed(0),
            None => Gate::Open,
        };
        Self {
            command: command.map(str::to_owned),
            running: None,
            next_at: Instant::now(),
            result,
        }
    }

    /// The result of the last call that has ended.
    pub(super) fn result(&mut self) -> Gate {
        let Some(command) = &self.command else {
            return Gate::Open;
        };
        let now = Instant::now();
        match &mut self.running {
            Some((child, since)) => {
                let ended = match child.try_wait() {
                    Ok(Some(status)) => Some(status.success()),
                    Ok(None) if since.elapsed() < LIMIT => None,
                    _ => {
                        let _ = child.kill();
                        let _ = child.wait();
                        Some(false)
                    }
                };
                if let Some(is_good) = ended {
                    self.running = None;
                    self.record(is_good);
                }
            }
            None if now >= self.next_at => {
                self.next_at = now + EVERY;
                match shell(command).spawn() {
                    Ok(child) => self.running = Some((child, now)),
                    Err(_) => self.record(false),
                }
            }
            None => {}
        }
        self.result
    }

    fn record(&mut self, is_good: bool) {
        self.result = match (is_good, self.result) {
            (true, _) => Gate::Open,
            (false, Gate::Closed(failed)) => Gate::Closed(failed + 1),
            (false, Gate::Open) => Gate::Closed(1),
        };
    }
}

impl Drop for GateCommand {
    fn drop(&mut self) {
        if let Some((child, _)) = &mut self.running {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The shell of the system with this command.
fn shell(command: &str) -> Command {
    let (program, flag) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let mut shell = Command::new(program);
    shell.arg(flag).arg(command);
    shell.stdin(Stdio::null()).stdout(Stdio::null());
    shell
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::thread;

    fn ended(gate: &mut GateCommand) -> Gate {
        gate.next_at = Instant::now();
        gate.result();
        while gate.running.is_some() {
            thread::sleep(Duration::from_millis(2));
            gate.result();
        }
        gate.result
    }

    #[test]
    fn a_gate_is_open_after_a_good_call_and_counts_bad_ones() {
        assert_eq!(GateCommand::new(None).result(), Gate::Open);
        let mut gate = GateCommand::new(Some("exit 3"));
        assert_eq!(gate.result, Gate::Closed(0));
        assert_eq!(ended(&mut gate), Gate::Closed(1));
        assert_eq!(ended(&mut gate), Gate::Closed(2));
        gate.command = Some("exit 0".to_owned());
        assert_eq!(ended(&mut gate), Gate::Open);
        gate.command = Some("exit 1".to_owned());
        assert_eq!(ended(&mut gate), Gate::Closed(1));
    }
}
