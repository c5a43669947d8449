//! What each client type's variables and strings become.

mod any_input;
mod cells;
mod django_database;
mod dotnet_grammar;
mod go_grammar;
mod grammar;
mod java_grammar;
mod recognises_the_client_type;
mod show_settings;
mod split_variables;
#[cfg(feature = "spring-files")]
mod spring_files;
mod spring_properties;
