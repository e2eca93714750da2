//! Any bytes, as a `.env` file.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| settings_tests::laws::env_file(data));
