//! Every loader returns the values of the cases, each in a process that sees only its case.

use settings_bench::{CASES, Loader, Snapshot, Workplace, driver_arguments};

#[test]
fn every_loader_returns_the_same_values_in_every_case() {
    for case in CASES {
        let expected = case.expected();
        for &loader in Loader::ALL {
            if loader.has_values() && loader.can(case) {
                let workplace = Workplace::new(loader, case).unwrap();
                let output = workplace
                    .command(env!("CARGO_BIN_EXE_driver"))
                    .args(driver_arguments(loader, case))
                    .arg("show")
                    .output()
                    .unwrap();
                let error = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{loader} {case:?}: {error}");
                let shown: Snapshot = String::from_utf8(output.stdout)
                    .unwrap()
                    .lines()
                    .map(|line| line.split_once(" = ").unwrap())
                    .map(|(key, value)| (key.to_owned(), value.to_owned()))
                    .collect();
                assert_eq!(shown, expected, "{loader} {case:?}");
            }
        }
    }
}
