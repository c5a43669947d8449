//! A running server.

use std::{
    fs::Permissions,
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::PermissionsExt,
    thread,
    time::{Duration, Instant},
};

use crate::{
    Error, Installation, Product, ServerOptions,
    error::last_lines,
    folder::{self, Launch},
    greeting,
    process::Process,
};

/// A running server on the IPv4 loopback address.
///
/// It ends, and its folder with it, when this is stopped or dropped, and also
/// when the process that holds this is killed.
#[derive(Debug)]
pub struct Server {
    process: Process,
    process_id: u32,
    port: u16,
}

/// A cold file cache on a busy machine takes a while.
const START_DEADLINE: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// A free port can be taken by somebody else before the server binds it.
const PORT_ATTEMPTS: usize = 5;

impl Server {
    /// Provisions the server if need be, starts it, and waits until it answers.
    ///
    /// Blocks for about a second; call it on a blocking thread in asynchronous
    /// programs.
    ///
    /// # Errors
    ///
    /// If the options contradict each other, if
    /// [provisioning](Installation::provision) fails, or if the server ends or
    /// logs an error while it starts.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "options are made for one server, in the call"
    )]
    pub fn start(product: Product, options: ServerOptions) -> Result<Self, Error> {
        options.check()?;
        let installation = Installation::provision(product)?;
        for _ in 0..PORT_ATTEMPTS {
            if let Some(server) = Self::start_on(free_port()?, product, &installation, &options)? {
                return Ok(server);
            }
        }
        Err(Error::new(format!(
            "{product}: {PORT_ATTEMPTS} free ports in a row were taken by others: try again"
        )))
    }

    /// Gives `None` if the port is in use.
    fn start_on(
        port: u16,
        product: Product,
        installation: &Installation,
        options: &ServerOptions,
    ) -> Result<Option<Self>, Error> {
        let folder = tempfile::Builder::new()
            .prefix("server-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir()
            .map_err(|error| {
                Error::caused_by("cannot make a temporary folder: check TMPDIR", error)
            })?;
        let Launch {
            command,
            environment,
        } = folder::prepare(product, installation, options, folder.path(), port)?;
        let mut process = Process::spawn(&command, &environment, folder)?;

        let deadline = Instant::now() + START_DEADLINE;
        loop {
            let ended = process.ended()?;
            let log = process.log();
            if let Some(status) = ended {
                if log.contains("Address already in use") {
                    return Ok(None);
                }
                return Err(failed(product, &format!("ended with {status}"), &log));
            }
            if log.contains("ready for connections") {
                if let Some(error) = log.lines().find(|line| is_error(line, options)) {
                    return Err(failed(product, "could not do what it was told to", error));
                }
                if let Some(process_id) = process.id() {
                    greeting::wait_for(port, START_DEADLINE).map_err(|error| {
                        let log = last_lines(&log);
                        Error::caused_by(
                            format!("{product} does not answer; its log: {log}"),
                            error,
                        )
                    })?;
                    return Ok(Some(Self {
                        process,
                        process_id,
                        port,
                    }));
                }
            }
            if Instant::now() > deadline {
                return Err(failed(product, "does not become ready", &log));
            }
            thread::sleep(POLL_INTERVAL);
        }
    }

    /// The TCP port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The name to connect to, which a certificate should be for: `localhost`.
    pub fn host(&self) -> &'static str {
        "localhost"
    }

    /// The id of the server's process.
    pub fn process_id(&self) -> u32 {
        self.process_id
    }

    /// The server's error log so far, the plugin's lines among it.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Shuts the server down and waits until its process and its folder are
    /// gone. It gets 10 s, then it is killed. Dropping does the same.
    ///
    /// # Errors
    ///
    /// If the process does not even end when it is killed.
    pub fn stop(mut self) -> Result<(), Error> {
        self.process.stop()
    }
}

/// MariaDB writes errors of `--init-file` without a mark. To MySQL a certificate
/// that it cannot use is a warning: it goes on without TLS.
fn is_error(line: &str, options: &ServerOptions) -> bool {
    line.contains("[ERROR]")
        || line.starts_with("ERROR:")
        || options.tls.is_some() && line.contains("Failed to set up SSL")
}

fn failed(product: Product, what: &str, log: &str) -> Error {
    let log = last_lines(log);
    Error::new(format!("{product} {what}; its log ends: {log}"))
}

fn free_port() -> Result<u16, Error> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Error::caused_by("cannot find a free port on 127.0.0.1", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_both_servers_are_told_from_warnings() {
        let is_error = |line| is_error(line, &ServerOptions::new());
        assert!(is_error(
            "2026-11-23T17:58:53Z 6 [ERROR] [MY-000061] [Server] 1524 x"
        ));
        assert!(is_error("ERROR: 1524  Plugin 'aad_auth' is not loaded"));
        assert!(!is_error(
            "2026-11-23T17:58:53Z 0 [Warning] [MY-013595] [Server] ERROR"
        ));
    }

    #[test]
    fn an_unusable_certificate_is_an_error_only_where_one_was_given() {
        let line = "0 [Warning] [MY-010069] [Server] Failed to set up SSL because of it";
        assert!(!is_error(line, &ServerOptions::new()));
        assert!(is_error(line, &ServerOptions::new().tls("", "", "")));
    }

    #[test]
    fn a_port_in_use_is_told_from_other_failures() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        for product in [Product::Mysql, Product::Mariadb] {
            let installation = Installation::provision(product).unwrap();
            let options = ServerOptions::new();
            let started = Server::start_on(port, product, &installation, &options).unwrap();
            assert!(started.is_none(), "{started:?}");
        }
    }

    #[test]
    fn an_account_for_tokens_needs_the_plugin() {
        let options = ServerOptions::new().account("app", "AADSP:1:upn:app");
        let error = Server::start(Product::Mysql, options).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the account `app` logs in with a token: set `entra_login` too"
        );
    }

    #[test]
    fn requiring_tls_needs_a_certificate() {
        let options = ServerOptions::new().require_tls(true);
        let error = Server::start(Product::Mysql, options).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`require_tls` is set without a certificate: set `tls` too"
        );
    }
}
