//! `cargo xtask up`: a box that any program, in any language, can be pointed at.

use std::{collections::BTreeMap, fmt::Write as _, io::Write as _, pin::pin, process::ExitCode};

use azure_mysql::ClientType;
use clap::{Args, ValueEnum};
use test_servers::ServerKind;

use crate::{auth_mode::AuthMode, run};

/// Leaves token endpoints and a server running, and prints the variables with which a program finds
/// them. Ctrl-C ends it.
#[derive(Args)]
pub(crate) struct Up {
    /// The database server: embedded, mysql or mariadb.
    #[arg(long, default_value_t = ServerKind::Embedded)]
    server: ServerKind,
    /// The tab whose variables to print: dotnet, java, springboot, python, django, go, nodejs, php,
    /// ruby or other.
    #[arg(long, default_value_t = ClientType::Python)]
    tab: ClientType,
    /// Who the program is: `user_identity`, `system_identity` or `service_principal`.
    #[arg(long, default_value_t = AuthMode::SystemIdentity)]
    zone: AuthMode,
    /// How to print the variables.
    #[arg(long, value_enum, default_value_t = Format::Env)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Lines of `export NAME='value'` for a shell.
    Env,
    /// One JSON object.
    Json,
    /// Lines of `NAME='value'` for a .env file.
    Dotenv,
}

impl Up {
    pub(crate) fn run(&self) -> anyhow::Result<ExitCode> {
        let runtime = tokio::runtime::Runtime::new()?;
        let ended = runtime.block_on(async {
            // Whoever reads the variables may end this at once, so it is listened for before.
            let mut interrupted = pin!(run::interrupted());
            let env = tokio::select! {
                biased;
                interrupt = &mut interrupted => {
                    interrupt?;
                    anyhow::bail!("interrupted");
                }
                env = AuthMode::start_env(self.server) => env?,
            };
            let variables = env.environment(self.tab, self.zone.principal(&env));
            let mut output = std::io::stdout().lock();
            writeln!(output, "{}", self.format.text(&variables)?.trim_end())?;
            output.flush()?;
            drop(output);
            eprintln!(
                "{} is up at {}:{}; Ctrl-C ends it",
                self.server,
                env.address().host,
                env.address().port
            );
            interrupted.await?;
            env.stop().await?;
            Ok(ExitCode::SUCCESS)
        });
        // A download that is under way would go on to its end.
        runtime.shutdown_background();
        ended
    }
}

impl Format {
    fn text(self, variables: &BTreeMap<String, String>) -> anyhow::Result<String> {
        let prefix = match self {
            Self::Json => return Ok(serde_json::to_string_pretty(variables)?),
            Self::Env => "export ",
            Self::Dotenv => "",
        };
        let mut lines = String::new();
        for (name, value) in variables {
            let value = value.replace('\'', r"'\''");
            writeln!(lines, "{prefix}{}='{value}'", shell_name(name))?;
        }
        Ok(lines)
    }
}

/// A shell takes no dots and dashes in a name. Spring Boot reads its properties under such names as
/// well: dots become underscores, dashes go, and letters are capitals.
///
/// <https://docs.spring.io/spring-boot/reference/features/external-config.html#features.external-config.typesafe-configuration-properties.relaxed-binding.environment-variables>
fn shell_name(name: &str) -> String {
    if name.contains('.') {
        name.replace('.', "_").replace('-', "").to_uppercase()
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> BTreeMap<String, String> {
        [
            ("AZURE_MYSQL_USER", "o'brien"),
            ("spring.datasource.azure.passwordless-enabled", "true"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    #[test]
    fn a_shell_reads_back_what_was_printed() {
        let text = Format::Env.text(&variables()).unwrap();
        let expected = "export AZURE_MYSQL_USER='o'\\''brien'\n\
                        export SPRING_DATASOURCE_AZURE_PASSWORDLESSENABLED='true'\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn json_has_the_names_as_they_are() {
        let text = Format::Json.text(&variables()).unwrap();
        let read: BTreeMap<String, String> = serde_json::from_str(&text).unwrap();
        assert_eq!(read, variables());
    }
}
