//! Prints the tables of README.md: instructions per load, counted by callgrind.
//!
//! Words after `--` restrict it to the loaders of these names, and the floor.

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
    let mut loaders = Loader::ALL.to_vec();
    if !names.is_empty() {
        let wanted = names.iter().map(|name| name.parse());
        let wanted = wanted.collect::<Result<Vec<Loader>, _>>()?;
        loaders.retain(|loader| *loader == Loader::Floor || wanted.contains(loader));
    }

    let rows: Vec<Row> = CASES
        .into_iter()
        .map(|case| row(case, &loaders))
        .collect::<Outcome<_>>()?;
    writeln!(
        stdout(),
        "Instructions per load, and the ratio to the floor:\n\n{}\n\
         Instructions of the first load of a process:\n\n{}",
        table(&loaders, &rows, |cost| cost.warm),
        table(&loaders, &rows, |cost| cost.cold),
    )?;
    Ok(())
}

/// Cost of a loader in one case.
struct Cost {
    /// The first load of a process, with its lazy statics and dynamic linking.
    cold: u64,
    /// Any later load.
    warm: u64,
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
    let more = match case.size {
        Size::Seed => 50,
        Size::Hundred => 20,
        Size::Thousand => 5,
    };
    let workplace = Workplace::new(loader, case)?;
    let none = instructions(&workplace, loader, case, 0)?;
    let one = instructions(&workplace, loader, case, 1)?;
    let cold = one - none;
    let warm = if loader.loads_once(case) {
        cold
    } else {
        let many = instructions(&workplace, loader, case, 1 + more)?;
        (many - one) / more
    };
    Ok(Cost { cold, warm })
}

/// Counts a run of the driver that loads `times` times.
fn instructions(workplace: &Workplace, loader: Loader, case: Case, times: u64) -> Outcome<u64> {
    let output = workplace
        .command("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env!("CARGO_BIN_EXE_driver"))
        .args(driver_arguments(loader, case))
        .arg(times.to_string())
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("valgrind does not run: {error}"))?;
    let report = String::from_utf8_lossy(&output.stderr);
    let count = report
        .lines()
        .find_map(|line| line.split_once("Collected : "))
        .filter(|_| output.status.success())
        .ok_or_else(|| format!("{loader} {case:?} was not counted:\n{report}"))?;
    Ok(count.1.trim().parse()?)
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
        let floor = costs
            .iter()
            .find(|(loader, _)| *loader == Loader::Floor)
            .and_then(|(_, cost)| count(cost));
        for (loader, cost) in costs {
            let star = if loader.loads_once(*case) { "\\*" } else { "" };
            let _ = match (count(cost), floor) {
                (Some(count), Some(floor)) => {
                    let ratio = times(count, floor);
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
fn times(count: u64, floor: u64) -> String {
    let hundredths = (count * 100 + floor / 2) / floor;
    format!("{}.{:02}×", hundredths / 100, hundredths % 100)
}
