//! `driver <loader> <size> <sources> <n>`: loads n times without output, for callgrind to count;
//! with `show` instead of n it loads once and prints the values.

use std::env;
use std::io::{Write, stdout};

use settings_bench::{Outcome, load, parse_arguments, run};

fn main() -> Outcome<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (loader, case) = parse_arguments(arguments.iter().map(String::as_str))?;
    match arguments.get(3).map(String::as_str) {
        Some("show") => {
            let mut out = stdout().lock();
            for (key, value) in load(loader, case)? {
                writeln!(out, "{key} = {value}")?;
            }
        }
        n => {
            for _ in 0..n.unwrap_or("1").parse()? {
                run(loader, case)?;
            }
        }
    }
    Ok(())
}
