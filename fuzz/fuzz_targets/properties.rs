//! Spring Boot's files and placeholders, and the environment as a whole: no panic.

#![no_main]

use azure_mysql::{Environment, Settings, springboot};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = springboot::from_properties(text, &Environment::default());
    let _ = springboot::from_yaml(text, &Environment::default());
    // One variable a line, as in an `.env` file, but no names of CA files: a device would block.
    let variables = text.lines().filter_map(|line| line.split_once('='));
    let variables = variables.filter(|(name, value)| {
        !name.contains("SSL_CA") && !(value.contains(';') && value.contains('/'))
    });
    let _ = Settings::from_environment(&variables.collect());
});
