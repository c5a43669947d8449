//! A running server.

use std::{
    io,
    net::{Ipv4Addr, TcpListener},
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use process_supervisor::{Options, Output, Process, TemporaryFolder};

use super::{folder, greeting, options::ServerOptions};
use crate::{
    Error,
    error::last_lines,
    provision::{Installation, Product},
};

/// What clients connect to, and what a server's certificate should be for.
const HOST: &str = "127.0.0.1";

/// A running server on the IPv4 loopback address.
///
/// It ends, and its folder with it, when this is stopped or dropped, and also
/// when the process that holds this is killed.
#[derive(Debug)]
pub struct Server {
    process: Process,
    log: Output,
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
        let folder = TemporaryFolder::new("server-").map_err(|error| {
            Error::caused_by("cannot make a temporary folder: check TMPDIR", error)
        })?;
        let mut command = folder::prepare(product, installation, options, folder.path(), port)?;
        let cannot_start = |error| Error::caused_by(format!("cannot start {product}"), error);
        let log = Output::new().map_err(cannot_start)?;
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.writer().map_err(cannot_start)?);
        let process = Options {
            folder: Some(folder),
            ..Options::default()
        };
        let process = Process::spawn(command, process).map_err(cannot_start)?;
        let mut server = Self { process, log, port };
        Ok(server.is_ready(product, options)?.then_some(server))
    }

    /// Waits until it answers. Gives `false` if its port is in use.
    fn is_ready(&mut self, product: Product, options: &ServerOptions) -> Result<bool, Error> {
        let deadline = Instant::now() + START_DEADLINE;
        loop {
            let ended = self.process.ended().map_err(cannot_wait)?;
            let log = self.log();
            if let Some(status) = ended {
                if log.contains("Address already in use") {
                    return Ok(false);
                }
                return Err(failed(product, &format!("ended with {status}"), &log));
            }
            if log.contains("ready for connections") {
                if let Some(error) = log.lines().find(|line| is_error(line, options)) {
                    return Err(failed(product, "could not do what it was told to", error));
                }
                greeting::wait_for(self.port, START_DEADLINE).map_err(|error| {
                    let log = last_lines(&log);
                    Error::caused_by(format!("{product} does not answer; its log: {log}"), error)
                })?;
                return Ok(true);
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

    /// What to connect to, and what a certificate should be for: `127.0.0.1`, because C
    /// client libraries take `localhost` for a Unix socket.
    pub fn host(&self) -> &'static str {
        HOST
    }

    /// The id of the server's process.
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// The server's error log so far, the plugin's lines among it.
    pub fn log(&self) -> String {
        self.log.text()
    }

    /// Shuts the server down and waits until its process and its folder are
    /// gone. It gets 10 s, then it is killed. Dropping does the same.
    ///
    /// # Errors
    ///
    /// If the process does not even end when it is killed.
    pub fn stop(mut self) -> Result<(), Error> {
        let stopped = self.process.stop().map(drop);
        stopped.map_err(|error| Error::caused_by("the server does not stop", error))
    }
}

/// MariaDB writes errors of `--init-file` without a mark. To MySQL a certificate
/// that it cannot use is a warning: it goes on without TLS.
fn is_error(line: &str, options: &ServerOptions) -> bool {
    line.contains("[ERROR]")
        || line.starts_with("ERROR:")
        || options.tls.is_some() && line.contains("Failed to set up SSL")
}

fn cannot_wait(error: io::Error) -> Error {
    Error::caused_by("cannot wait for the server", error)
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
