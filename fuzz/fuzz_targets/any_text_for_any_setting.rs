//! Any text, as the value of every setting.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| settings_tests::laws::any_text_for_any_setting(data));
