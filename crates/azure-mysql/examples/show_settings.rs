//! What would be used of this environment, as JSON without secrets.
//!
//! ```text
//! cargo run -p azure-mysql --example show_settings -- [--facade NAME] [--prefix PREFIX]
//! ```
//!
//! `--facade` reads the variables of one client type, instead of the one that the environment looks
//! like. `--prefix` is what the variables begin with, instead of `AZURE_MYSQL_`. What cannot be used
//! is one line on standard error, and exit status 2.

use std::{env, error::Error, process::ExitCode};

use azure_mysql::{ClientType, Cloud, Environment, Settings};
use serde_json::{Value, json};

const USAGE: &str = "usage: show_settings [--facade NAME] [--prefix PREFIX]";

fn main() -> ExitCode {
    match shown() {
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

fn shown() -> Result<String, Box<dyn Error>> {
    let mut environment = Environment::process();
    let mut facade = None;
    let mut arguments = env::args_os().skip(1).map(|it| it.into_string().ok());
    while let Some(argument) = arguments.next() {
        let argument = argument.ok_or(USAGE)?;
        let (option, value) = match argument.split_once('=') {
            Some((option, value)) => (option, Some(value.to_owned())),
            None if argument == "--help" => return Ok(USAGE.to_owned()),
            None => (argument.as_str(), arguments.next().flatten()),
        };
        let value = value.ok_or_else(|| format!("{option} needs a value; {USAGE}"));
        match option {
            "--facade" => facade = Some(value?.parse::<ClientType>()?),
            "--prefix" => environment = environment.with_prefix(value?),
            _ => return Err(format!("{option} is no option; {USAGE}").into()),
        }
    }
    let settings = match facade {
        Some(client_type) => client_type.settings(&environment)?,
        None => Settings::from_environment(&environment)?,
    };
    Ok(format!("{:#}", as_json(&settings)))
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
