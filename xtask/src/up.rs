//! `cargo xtask up`: a box that any program, in any language, can be pointed at.

mod backend;
mod description;
mod printing;
mod running;
mod truststore;

use std::{io::Write as _, pin::pin, process::ExitCode, time::Duration};

use anyhow::ensure;
use azure_mysql::ClientType;
use azure_mysql_emulator::{AzureCli, Principal};
use clap::Args;
use tempfile::TempDir;
use test_servers::{ServerKind, TestEnv};

use self::{
    backend::BackendArgument,
    description::Description,
    printing::Format,
    running::{Claim, OwnBox},
};
use crate::{auth_mode::AuthMode, run, workspace};

/// Leaves token endpoints and a server running, and prints the variables with which a program finds
/// them. Ctrl-C ends it.
///
/// It serves every tab and zone. While it runs, the same command in another terminal prints the
/// variables of another tab or zone, and ends: `eval "$(cargo xtask up --tab php)"`.
#[derive(Args)]
pub(crate) struct Up {
    /// The database server: embedded, mysql, mariadb, backend-mysql or backend-mariadb. Embedded unless
    /// one is running.
    #[arg(long)]
    server: Option<ServerKind>,
    /// What answers SQL behind the emulator's login: `installed` for the server that is installed on this
    /// machine, or the URL of a running one, such as `mysql://root@127.0.0.1:3306/test`.
    #[arg(long, value_name = "URL", conflicts_with = "server")]
    backend: Option<BackendArgument>,
    /// The tab whose variables to print: dotnet, java, springboot, python, django, go, nodejs, php,
    /// ruby or other.
    #[arg(long, default_value_t = ClientType::Python)]
    tab: ClientType,
    /// Who the program is: `user_identity`, `system_identity` or `service_principal`.
    #[arg(long, default_value_t = AuthMode::SystemIdentity)]
    zone: AuthMode,
    /// A name of 127.0.0.1 under which programs reach the server. The certificate is also for
    /// 127.0.0.1, which programs get unless this is set, and for localhost.
    #[arg(long, value_name = "NAME")]
    host: Option<String>,
    /// How to print the variables.
    #[arg(long, value_enum, default_value_t = Format::Env)]
    format: Format,
}

/// A box, and what goes with it.
type Serving = (TestEnv, (OwnBox, AzureCli, TempDir));

/// The MySQL user of the person that the stand-in for the Azure CLI has logged in.
const DEVELOPER: &str = "developer@example.com";

/// How often to look whether a box that is starting has started.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

impl Up {
    pub(crate) fn run(&self) -> anyhow::Result<ExitCode> {
        let runtime = tokio::runtime::Runtime::new()?;
        let ended = runtime.block_on(async {
            // Whoever reads the variables may end this at once, so it is listened for before.
            let mut interrupted = pin!(run::interrupted());
            let serving = tokio::select! {
                biased;
                interrupt = &mut interrupted => {
                    interrupt?;
                    anyhow::bail!("interrupted");
                }
                serving = self.find_or_start() => serving?,
            };
            let Some((env, own)) = serving else {
                return Ok(ExitCode::SUCCESS);
            };
            interrupted.await?;
            // Nobody is to find a box that is about to end.
            drop(own);
            env.stop().await?;
            Ok(ExitCode::SUCCESS)
        });
        // A download that is under way would go on to its end.
        runtime.shutdown_background();
        ended
    }

    /// Prints the variables of the box that is running from this checkout, or of a new one, which is
    /// returned.
    async fn find_or_start(&self) -> anyhow::Result<Option<Serving>> {
        let path = workspace::root().join("target/up.json");
        let mut is_waiting = false;
        loop {
            match running::claim(&path)? {
                Claim::Own(own_box) => return self.start(own_box).await.map(Some),
                Claim::Running(description) => {
                    self.check(&description)?;
                    self.print(&description).await?;
                    eprintln!("{description} since an earlier `cargo xtask up`");
                    return Ok(None);
                }
                Claim::Starting => {
                    if !is_waiting {
                        eprintln!("waiting for the box that another `cargo xtask up` is starting");
                        is_waiting = true;
                    }
                    tokio::time::sleep(POLL_INTERVAL).await;
                }
            }
        }
    }

    async fn start(&self, mut own_box: OwnBox) -> anyhow::Result<Serving> {
        let server = self.server.unwrap_or(ServerKind::Embedded);
        let developer = Principal::user(DEVELOPER);
        let principals = AuthMode::ALL.map(AuthMode::new_principal);
        let mut builder = TestEnv::builder(server)
            .principals(principals.clone())
            .principal(developer.clone());
        if let Some(backend) = &self.backend {
            builder = builder.backend(backend.open());
        }
        if let Some(host) = &self.host {
            builder = builder.host_name(host);
        }
        let env = builder.start().await?;
        let azure_cli = env.emulator().azure_cli(&developer)?;
        let folder = tempfile::Builder::new()
            .prefix("azure-mysql-up-")
            .tempdir()?;
        let description = Description::of(
            &env,
            self.asked_for().unwrap_or_else(|| server.to_string()),
            &principals,
            &developer,
        );
        let description = description.with_folders(folder.path(), azure_cli.folder());
        // Whoever has read the variables may ask for more at once.
        own_box.describe(&description)?;
        self.print(&description).await?;
        eprintln!("{description}; Ctrl-C ends it");
        Ok((env, (own_box, azure_cli, folder)))
    }

    /// The server that the command line names.
    fn asked_for(&self) -> Option<String> {
        let backend = self.backend.as_ref().map(BackendArgument::to_string);
        backend.or_else(|| self.server.map(|server| server.to_string()))
    }

    /// Refuses to print the variables of another server than the one that was asked for.
    fn check(&self, running: &Description) -> anyhow::Result<()> {
        let server = self.asked_for();
        let asked = [(&server, &running.server), (&self.host, &running.host)];
        for (asked, running_one) in asked {
            ensure!(
                asked.as_ref().is_none_or(|asked| asked == running_one),
                "{running}, which is not the {} that was asked for: end it with Ctrl-C first",
                asked.as_deref().unwrap_or_default()
            );
        }
        Ok(())
    }

    async fn print(&self, description: &Description) -> anyhow::Result<()> {
        let printout = description.printout(self.tab, self.zone).await?;
        let mut output = std::io::stdout().lock();
        writeln!(output, "{}", self.format.text(&printout)?.trim_end())?;
        output.flush()?;
        Ok(())
    }
}
