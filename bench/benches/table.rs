//! Prints the tables of README.md: instructions and allocations per load, counted by valgrind.
//!
//! Words after `--` restrict it to the loaders of these names, and `scan`. With `--check` it only compares the
//! instructions of `ours` with the limits below, and fails if one is exceeded.

use std::env;
use std::fmt::Write as _;
use std::io::{Write as _, stdout};
use std::process::Stdio;

use settings_bench::{CASES, Case, Loader, Outcome, Size, Workplace, driver_arguments};

fn main() -> Outcome<()> {
    let (options, names): (Vec<_>, Vec<_>) = env::args()
        .skip(1)
        .partition(|argument| argument.starts_with('-'));
    // `cargo test --all-targets` starts this too; only `cargo bench` should run it.
    if !options.iter().any(|option| option == "--bench") {
        return Ok(());
    }
    if options.iter().any(|option| option == "--check") {
        return check();
    }
    let mut loaders = Loader::ALL.to_vec();
    if !names.is_empty() {
        let wanted = names.iter().map(|name| name.parse());
        let wanted = wanted.collect::<Result<Vec<Loader>, _>>()?;
        loaders.retain(|loader| *loader == Loader::Scan || wanted.contains(loader));
    }

    let rows: Vec<Row> = CASES
        .into_iter()
        .map(|case| row(case, &loaders))
        .collect::<Outcome<_>>()?;
    writeln!(
        stdout(),
        "Instructions per load, and the ratio to `scan`:\n\n{}\n\
         Instructions of the first load of a process:\n\n{}\n\
         Allocations per load:\n\n{}",
        table(&loaders, &rows, |cost| cost.warm),
        table(&loaders, &rows, |cost| cost.cold),
        table(&loaders, &rows, |cost| cost.allocations),
    )?;
    Ok(())
}

/// The most hundredths of the instructions of `scan` that each load may take: what it takes, and 3 % more.
const LIMITS: [u64; CASES.len()] = [
    75, 61, 74, // 12 settings, from the environment, `.env` and TOML
    83, 45, 67, // 100
    86, 40, 67, // 1,000
];

/// Fails if a load takes more instructions than its limit.
fn check() -> Outcome<()> {
    let mut exceeded = Vec::new();
    for (case, limit) in CASES.into_iter().zip(LIMITS) {
        let count = |loader| -> Outcome<u64> {
            let workplace = Workplace::new(loader, case)?;
            warm(&workplace, loader, case, Counted::Instructions)
        };
        let (ours, scan) = (count(Loader::Ours)?, count(Loader::Scan)?);
        let (size, sources) = (case.size, case.sources);
        let line = format!(
            "{size} settings from {sources}: {} instructions, {} of scan, limit 0.{limit}×",
            thousands(ours),
            times(ours, scan)
        );
        writeln!(stdout(), "{line}")?;
        if ours * 100 > scan * limit {
            exceeded.push(line);
        }
    }
    if exceeded.is_empty() {
        return Ok(());
    }
    Err(format!("over the limit:\n{}", exceeded.join("\n")).into())
}

/// Cost of a loader in one case.
struct Cost {
    /// The first load of a process, with its lazy statics and dynamic linking.
    cold: u64,
    /// Any later load.
    warm: u64,
    /// Allocations of a later load.
    allocations: u64,
}

/// What valgrind counts.
#[derive(Clone, Copy)]
enum Counted {
    Instructions,
    Allocations,
}

type Row = (Case, Vec<(Loader, Option<Cost>)>);

fn row(case: Case, loaders: &[Loader]) -> Outcome<Row> {
    let costs = loaders.iter().map(|&loader| {
        let cost = loader.can(case).then(|| cost(loader, case)).transpose()?;
        Ok((loader, cost))
    });
    Ok((case, costs.collect::<Outcome<_>>()?))
}

fn cost(loader: Loader, case: Case) -> Outcome<Cost> {
    let workplace = Workplace::new(loader, case)?;
    let count = |what, times| count(&workplace, loader, case, what, times);
    let later = |what| warm(&workplace, loader, case, what);
    let one = count(Counted::Instructions, 1)?;
    let cold = one - count(Counted::Instructions, 0)?;
    Ok(if loader.loads_once(case) {
        Cost {
            cold,
            warm: cold,
            allocations: count(Counted::Allocations, 1)? - count(Counted::Allocations, 0)?,
        }
    } else {
        Cost {
            cold,
            warm: later(Counted::Instructions)?,
            allocations: later(Counted::Allocations)?,
        }
    })
}

/// The count of a load that is not the first of its process.
fn warm(workplace: &Workplace, loader: Loader, case: Case, what: Counted) -> Outcome<u64> {
    let more = match case.size {
        Size::Seed => 50,
        Size::Hundred => 20,
        Size::Thousand => 5,
    };
    let count = |times| count(workplace, loader, case, what, times);
    Ok((count(1 + more)? - count(1)?) / more)
}

/// Counts a run of the driver that loads `times` times.
fn count(
    workplace: &Workplace,
    loader: Loader,
    case: Case,
    what: Counted,
    times: u64,
) -> Outcome<u64> {
    let (options, label) = match what {
        Counted::Instructions => (
            ["--tool=callgrind", "--callgrind-out-file=/dev/null"],
            "Collected : ",
        ),
        Counted::Allocations => (["--tool=memcheck", "--leak-check=no"], "total heap usage: "),
    };
    let output = workplace
        .command("valgrind")
        .args(options)
        .arg(env!("CARGO_BIN_EXE_driver"))
        .args(driver_arguments(loader, case))
        .arg(times.to_string())
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("valgrind does not run: {error}"))?;
    let report = String::from_utf8_lossy(&output.stderr);
    let count = report
        .lines()
        .find_map(|line| line.split_once(label)?.1.split_whitespace().next())
        .filter(|_| output.status.success())
        .ok_or_else(|| format!("{loader} {case:?} was not counted:\n{report}"))?;
    Ok(count.replace(',', "").parse()?)
}

/// A Markdown table: cases down, loaders across.
fn table(loaders: &[Loader], rows: &[Row], pick: fn(&Cost) -> u64) -> String {
    let mut text = String::from("| settings | sources |");
    for loader in loaders {
        let _ = write!(text, " {loader} |");
    }
    let _ = writeln!(text, "\n|---:|---|{}", "---:|".repeat(loaders.len()));
    for (case, costs) in rows {
        let _ = write!(text, "| {} | {} |", case.size, case.sources);
        let count = |cost: &Option<Cost>| cost.as_ref().map(pick);
        let scan = costs
            .iter()
            .find(|(loader, _)| *loader == Loader::Scan)
            .and_then(|(_, cost)| count(cost));
        for (loader, cost) in costs {
            let star = if loader.loads_once(*case) { "\\*" } else { "" };
            let _ = match (count(cost), scan) {
                (Some(count), Some(scan)) => {
                    let ratio = times(count, scan);
                    write!(text, " {}{star} ({ratio}) |", thousands(count))
                }
                _ => write!(text, " – |"),
            };
        }
        text.push('\n');
    }
    text
}

/// `12,345`.
fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `0.87×`, computed with integers because a count may exceed the precision of a float.
fn times(count: u64, scan: u64) -> String {
    let hundredths = (count * 100 + scan / 2) / scan;
    format!("{}.{:02}×", hundredths / 100, hundredths % 100)
}
