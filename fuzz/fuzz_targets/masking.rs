//! Random secrets in random texts: nothing of them is left in a report.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| settings_tests::laws::masking(data));
