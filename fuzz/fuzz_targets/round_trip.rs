//! Values of every kind, written as a `.env` file and read again.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| settings_tests::laws::round_trip(data));
