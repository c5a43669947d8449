//! JDBC URLs: no panic.

#![no_main]

use azure_mysql::java;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = java::parse(text);
    let _ = java::parse(&format!("jdbc:mysql://{text}"));
});
