//! Layers over one another.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| settings_tests::laws::layers(data));
