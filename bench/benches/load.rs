//! Time of one load, for every loader in every case it supports.
//!
//! This process starts one child for each measurement, because the environment is the input.

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use criterion::Criterion;
use settings_bench::{CASES, Case, Loader, Outcome, Workplace, note, run};

fn main() -> Outcome<()> {
    if let Some((loader, case)) = note()? {
        measure(loader, case);
        return Ok(());
    }
    let this = env::current_exe()?;
    for case in CASES {
        for &loader in Loader::ALL {
            if loader.can(case) {
                let workplace = Workplace::new(loader, case)?;
                let status = workplace
                    .command_with_note(&this)
                    .args(env::args_os().skip(1))
                    .status()?;
                if !status.success() {
                    return Err(format!("{loader} failed at {case:?}").into());
                }
            }
        }
    }
    Ok(())
}

fn measure(loader: Loader, case: Case) {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    if let Some(directory) = reports() {
        criterion = criterion.output_directory(&directory);
    }
    criterion
        .configure_from_args()
        .benchmark_group(format!("{}/{}", case.size, case.sources))
        .bench_function(loader.to_string(), |bencher| {
            bencher.iter(|| run(loader, case).expect("tests/agree.rs passes"));
        });
}

/// `target/criterion`, which a child without cargo's variables cannot find.
fn reports() -> Option<PathBuf> {
    let this = env::current_exe().ok()?;
    Some(this.ancestors().nth(3)?.join("criterion"))
}
