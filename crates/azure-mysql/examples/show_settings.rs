//! What would be used of this environment, as JSON without secrets.
//!
//! ```text
//! cargo run -p azure-mysql --example show_settings -- [--facade NAME] [--prefix PREFIX]
//! ```
//!
//! `--facade` reads the variables of one client type, instead of the one that the environment looks
//! like. `--prefix` is what the variables begin with, instead of `AZURE_MYSQL_`. What cannot be used
//! is one line on standard error, and exit status 2.

use std::{env, process::ExitCode};

use azure_mysql::{ClientType, Environment, Error, Settings, token_source::Cloud};
use serde_json::{Value, json};

const USAGE: &str = "usage: show_settings [--facade NAME] [--prefix PREFIX]";

fn main() -> ExitCode {
    match shown(env::args_os().skip(1).map(|it| it.into_string())) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}

fn shown<E>(arguments: impl IntoIterator<Item = Result<String, E>>) -> Result<String, String> {
    let mut environment = Environment::process();
    let mut facade = None;
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let argument = argument.map_err(|_| USAGE)?;
        let (option, value) = match argument.split_once('=') {
            Some((option, value)) => (option.to_owned(), Some(Ok(value.to_owned()))),
            None => (argument, None),
        };
        if option == "--help" {
            return Ok(USAGE.to_owned());
        }
        if option != "--facade" && option != "--prefix" {
            return Err(format!("{option} is no option; {USAGE}"));
        }
        let value = value.or_else(|| arguments.next());
        let value = value.and_then(Result::ok);
        let value = value.ok_or_else(|| format!("{option} needs a value; {USAGE}"))?;
        if option == "--facade" {
            facade = Some(value.parse::<ClientType>().map_err(one_line)?);
        } else {
            environment = environment.with_prefix(value);
        }
    }
    let settings = match facade {
        Some(client_type) => client_type.settings(&environment),
        None => Settings::from_environment(&environment),
    };
    settings
        .map(|settings| format!("{:#}", as_json(&settings)))
        .map_err(one_line)
}

fn as_json(settings: &Settings) -> Value {
    let identity = settings.identity();
    json!({
        "client_type": settings.client_type().map(ClientType::name),
        "host": settings.host(),
        "port": settings.port(),
        "database": settings.database(),
        "user": settings.user(),
        "identity": {
            "kind": identity.kind(),
            "client_id": identity.client_id(),
            "tenant_id": identity.tenant_id(),
        },
        "tls": if settings.trust().includes_web_roots() { "verified" } else { "verified_private_ca" },
        "cloud": cloud(settings.cloud()),
        "warnings": settings.warnings(),
    })
}

fn cloud(cloud: &Cloud) -> &'static str {
    let known = [
        (Cloud::PUBLIC, "public"),
        (Cloud::CHINA, "china"),
        (Cloud::US_GOVERNMENT, "us_government"),
    ];
    let name = known.iter().find(|(known, _)| known == cloud);
    name.map_or("custom", |(_, name)| name)
}

fn one_line(error: Error) -> String {
    error.to_string()
}
