//! A short text repeated many times, as a TOML, JSON, YAML and `.env` file.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| settings_tests::laws::repeated(data));
