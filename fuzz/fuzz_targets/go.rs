//! Data source names: no panic, and what was read is the text's own.

#![no_main]

use azure_mysql::go;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(settings) = go::parse(text) {
        assert!(text.starts_with(settings.user()));
        assert!(text.contains(settings.host()));
    }
});
