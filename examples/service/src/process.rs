//! Metrics of the process, as Prometheus clients name them. Only Linux has the files that they are read from.

use rustix::{
    param::{clock_ticks_per_second, page_size},
    process::{Resource, getrlimit},
};
use std::fs;

/// Numbers of `/proc/self`.
#[derive(Clone, Copy, Debug)]
pub struct ProcessStats {
    pub cpu_seconds: f64,
    pub virtual_memory_bytes: u64,
    pub resident_memory_bytes: u64,
    pub threads: u64,
    pub open_fds: u64,
    pub max_fds: u64,
}

impl ProcessStats {
    /// Reads the numbers, or returns `None` on other systems.
    pub fn read() -> Option<Self> {
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        // The second field is the name in parentheses, which may contain spaces.
        let (_, fields) = stat.rsplit_once(')')?;
        let fields: Vec<u64> = fields
            .split_whitespace()
            .map(|field| field.parse().unwrap_or_default())
            .collect();
        // proc(5) counts fields from 1, and the first one here is the third.
        let field = |number: usize| fields.get(number - 3).copied();
        let ticks = u32::try_from(field(14)? + field(15)?).unwrap_or(u32::MAX);
        let per_second = u32::try_from(clock_ticks_per_second()).unwrap_or(u32::MAX);
        Some(Self {
            cpu_seconds: f64::from(ticks) / f64::from(per_second),
            threads: field(20)?,
            virtual_memory_bytes: field(23)?,
            resident_memory_bytes: field(24)? * page_size() as u64,
            // One of them is the directory itself.
            open_fds: (fs::read_dir("/proc/self/fd").ok()?.count() as u64).saturating_sub(1),
            max_fds: getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX),
        })
    }
}
