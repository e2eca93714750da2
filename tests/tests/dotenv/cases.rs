//! The conformance suite of the `.env` dialect.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use settings_core::dotenv::{self, Warning};

#[test]
fn every_case_of_the_suite_passes() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("cases.json")).unwrap();
    assert!(cases.len() >= 92);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let input = STANDARD
            .decode(case["input_b64"].as_str().unwrap())
            .unwrap();
        let env: HashMap<String, String> = serde_json::from_value(case["env"].clone()).unwrap();
        let expect = &case["expect"];

        match dotenv::parse(&input, |name| env.get(name).cloned()) {
            Ok(parsed) => {
                let entries: Vec<_> = parsed.entries().iter().collect();
                let found: Vec<_> = entries
                    .iter()
                    .map(|e| json!([e.key(), e.value(), e.line()]))
                    .collect();
                assert_eq!(expect["entries"], json!(found), "{name}");
                let mut rules: Vec<_> = parsed.warnings().iter().map(Warning::rule).collect();
                rules.dedup();
                assert_eq!(case["warnings"], json!(rules), "{name}");
            }
            Err(error) => {
                let errors = error.errors().iter();
                let found: Vec<_> = errors
                    .map(|e| json!({"line": e.line(), "col": e.column(), "rule": e.rule()}))
                    .collect();
                assert_eq!(expect["errors"], json!(found), "{name}");
                let shown = format!("{error}{error:?}{:?}", error.errors());
                for never in expect["never"].as_array().unwrap() {
                    assert!(!shown.contains(never.as_str().unwrap()), "{name}");
                }
            }
        }
    }
}
