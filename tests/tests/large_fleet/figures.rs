//! Figures of a run.

use crate::{processes::Swap, server::Server};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant, SystemTime},
};

/// What etcd has done so far.
pub(crate) struct Load {
    at: Instant,
    cpu: Duration,
    revision: u64,
    events: u64,
}

impl Load {
    /// Of members that keep running.
    pub(crate) fn now(members: &[Server]) -> Self {
        let events = members
            .iter()
            .map(|member| member.metric("etcd_debugging_mvcc_events_total "));
        Self {
            at: Instant::now(),
            cpu: members.iter().map(Server::cpu).sum(),
            revision: members[0].revision(),
            events: events.sum(),
        }
    }

    /// Prints what etcd has done since.
    pub(crate) fn print(self, members: &[Server], what: &str) {
        let now = Self::now(members);
        eprintln!(
            "{what}: {:.1} s; etcd: {} writes, {} events to watchers, {:.2} s of CPU",
            (now.at - self.at).as_secs_f64(),
            now.revision - self.revision,
            now.events - self.events,
            now.cpu.saturating_sub(self.cpu).as_secs_f64(),
        );
    }
}

/// Who had a number in force, and for how long.
pub(crate) struct Exposure {
    pub(crate) instances: usize,
    /// Instances times the time for which each had it in force.
    seconds: f64,
    /// From the first instance that took it back to the last that had it.
    to_last: f64,
}

impl Exposure {
    pub(crate) fn of(number: u64, swaps: &BTreeMap<(usize, usize), Vec<Swap>>) -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = now.unwrap_or_default();
        let (mut instances, mut seconds) = (0, 0.0);
        let mut ends: Vec<Duration> = Vec::new();
        for swaps in swaps.values() {
            let mut was_exposed = false;
            for (at, swap) in swaps.iter().enumerate() {
                if swap.number != Some(number) {
                    continue;
                }
                was_exposed = true;
                let next = swaps[at + 1..].iter();
                let next = next.clone().find(|next| next.number != Some(number));
                let end = next.map_or(now, |next| next.at);
                seconds += end.saturating_sub(swap.at).as_secs_f64();
                ends.push(end);
            }
            instances += usize::from(was_exposed);
        }
        let first = ends.iter().min().copied().unwrap_or_default();
        let last = ends.iter().max().copied().unwrap_or_default();
        Self {
            instances,
            seconds,
            to_last: last.saturating_sub(first).as_secs_f64(),
        }
    }

    pub(crate) fn print(&self, what: &str) {
        eprintln!(
            "{what}: {} instances had it in force, {:.0} instance-seconds in total; {:.1} s from the first revert to the last",
            self.instances, self.seconds, self.to_last
        );
    }
}
