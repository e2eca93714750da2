//! Any bytes, as a TOML, JSON and YAML file.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| settings_tests::laws::file(data));
