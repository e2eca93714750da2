//! Any text, given to every leaf.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| settings_tests::laws::any_text_for_any_leaf(data));
