//! A server that is installed on this machine, in a temporary folder.

use std::{
    env,
    ffi::OsString,
    fs,
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use process_supervisor::{Options, Output, Process, TemporaryFolder};
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use super::{
    sql_text::{identifier, literal},
    url::Address,
};
use crate::Error;

/// Where systems keep programs that are for administrators, and so not on everybody's `PATH`.
const FOLDERS: [&str; 6] = [
    "/usr/sbin",
    "/usr/local/sbin",
    "/usr/libexec",
    "/usr/local/mysql/bin",
    "/opt/homebrew/bin",
    "/opt/homebrew/opt/mysql/bin",
];

/// A machine with a cold file cache and something else to do takes a while.
const START_DEADLINE: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// A free port may be taken by somebody else before the server has it.
const PORT_ATTEMPTS: usize = 5;

const ADMIN: &str = "azure_emulator";

/// Finds a server, and starts it with an empty database.
///
/// # Errors
///
/// If there is none, or it does not start.
pub(super) async fn start(database: &str) -> Result<(Process, Address), Error> {
    let database = database.to_owned();
    tokio::task::spawn_blocking(move || {
        let path = env::var_os("PATH").unwrap_or_default();
        Installed::find(&path)?.start(&database)
    })
    .await
    .map_err(|cause| Error::caused_by("the backend could not be started", cause))?
}

#[derive(Debug)]
struct Installed {
    /// `mysqld` or `mariadbd`.
    program: PathBuf,
    /// MariaDB's script that makes a data folder; MySQL's server does that itself.
    install_script: Option<PathBuf>,
}

impl Installed {
    fn find(path: &OsString) -> Result<Self, Error> {
        let folders: Vec<_> = env::split_paths(path)
            .chain(FOLDERS.map(PathBuf::from))
            .collect();
        let find = |names: &[&str]| {
            let paths = folders
                .iter()
                .flat_map(|folder| names.iter().map(|name| folder.join(name)));
            paths.into_iter().find(|path| path.is_file())
        };
        let program = find(&["mysqld", "mariadbd"]).ok_or_else(|| {
            Error::new(
                "no `mysqld` or `mariadbd` was found on the PATH: install MySQL or MariaDB, or name a \
                 running server with `Backend::server`",
            )
        })?;
        // Where MariaDB is installed its program is called `mysqld` too.
        let mut version = Command::new(&program);
        version.arg("--no-defaults").arg("--version");
        let version = run(version)?;
        let install_script = if version.contains("MariaDB") {
            let names = ["mariadb-install-db", "mysql_install_db"];
            Some(find(&names).ok_or_else(|| {
                Error::new(
                    "`mariadb-install-db` was not found on the PATH, which comes with MariaDB's \
                     server: install it too",
                )
            })?)
        } else {
            None
        };
        Ok(Self {
            program,
            install_script,
        })
    }

    fn is_mariadb(&self) -> bool {
        self.install_script.is_some()
    }

    fn start(&self, database: &str) -> Result<(Process, Address), Error> {
        for _ in 0..PORT_ATTEMPTS {
            let address = Address {
                host: Ipv4Addr::LOCALHOST.to_string(),
                port: free_port()?,
                user: ADMIN.to_owned(),
                password: Uuid::new_v4().to_string().into(),
                database: database.to_owned(),
            };
            if let Some(process) = self.start_at(&address)? {
                return Ok((process, address));
            }
        }
        Err(Error::new(format!(
            "{PORT_ATTEMPTS} free ports in a row were taken by others: try again"
        )))
    }

    /// Gives `None` if the port is in use.
    fn start_at(&self, address: &Address) -> Result<Option<Process>, Error> {
        let folder = TemporaryFolder::new("azure-mysql-emulator-").map_err(not_written)?;
        self.initialise(folder.path())?;
        let init_file = folder.path().join("init.sql");
        fs::write(&init_file, init_statements(address)).map_err(not_written)?;
        let log = Output::new().map_err(not_written)?;
        let mut command = self.command(folder.path());
        command
            .arg(option("init-file", init_file))
            .arg(option("port", address.port.to_string()))
            .args(["--bind-address=127.0.0.1", "--skip-name-resolve"])
            .arg("--secure-file-priv=")
            .arg(option("socket", folder.path().join("socket")))
            .arg(option("pid-file", folder.path().join("process-id")))
            .args(if self.is_mariadb() {
                &["--skip-ssl", "--character-set-server=utf8mb4"][..]
            } else {
                &[
                    "--mysqlx=OFF",
                    "--auto-generate-certs=OFF",
                    "--tls-version=",
                ]
            })
            .stdin(Stdio::null())
            .stdout(log.writer().map_err(not_written)?)
            .stderr(log.writer().map_err(not_written)?);
        let options = Options {
            folder: Some(folder),
            ..Options::default()
        };
        let mut process = Process::spawn(command, options)
            .map_err(|cause| self.failed("cannot be run", cause.to_string()))?;
        let deadline = Instant::now() + START_DEADLINE;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, address.port)).is_err() {
            if log.text().contains("Address already in use") {
                return Ok(None);
            }
            let ended = process.ended().unwrap_or_default();
            if ended.is_some() || Instant::now() > deadline {
                return Err(self.failed("did not start; its log ends", last_lines(&log.text())));
            }
            thread::sleep(POLL_INTERVAL);
        }
        // Somebody else may have taken the port, and answer there.
        if process.ended().unwrap_or_default().is_some() {
            return Ok(None);
        }
        Ok(Some(process))
    }

    /// The server with what making the data folder and running on it have in common: nothing is forced
    /// to the disk, because all of it is thrown away at the end, and names of tables are in lower case,
    /// as on Azure.
    fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command
            .arg("--no-defaults")
            .arg(option("datadir", folder.join("data")))
            .args(user_option(folder))
            .args([
                "--lower-case-table-names=1",
                "--skip-log-bin",
                "--innodb-doublewrite=OFF",
                "--innodb-flush-log-at-trx-commit=0",
            ]);
        command
    }

    fn initialise(&self, folder: &Path) -> Result<(), Error> {
        let mut command;
        if let Some(script) = &self.install_script {
            command = Command::new(script);
            command
                .arg("--no-defaults")
                .arg(option("datadir", folder.join("data")))
                .args(user_option(folder))
                .args(["--auth-root-authentication-method=normal", "--skip-test-db"]);
        } else {
            command = self.command(folder);
            command.args(["--initialize-insecure", "--auto-generate-certs=OFF"]);
        }
        run(command).map(drop)
    }

    fn failed(&self, what: &str, detail: String) -> Error {
        let program = self.program.display();
        Error::caused_by(format!("{program} {what}"), std::io::Error::other(detail))
    }
}

/// Runs a program to its end. Gives what it printed.
fn run(mut command: Command) -> Result<String, Error> {
    let program = command.get_program().display().to_string();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|cause| Error::caused_by(format!("{program} cannot be run"), cause))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    let log = last_lines(&text(&[output.stdout, output.stderr].concat()));
    Err(Error::new(format!(
        "{program} failed with {}; its output ends: {log}",
        output.status
    )))
}

/// Where the folder is root's, so is this process, and a server wants to be told that it is so on
/// purpose.
fn user_option(folder: &Path) -> Option<&'static str> {
    let is_root = fs::metadata(folder).is_ok_and(|folder| folder.uid() == 0);
    is_root.then_some("--user=root")
}

/// One statement a line.
fn init_statements(address: &Address) -> String {
    let database = identifier(&address.database);
    let admin = format!("{}@'127.0.0.1'", literal(&address.user));
    let password = literal(address.password.expose_secret());
    format!(
        "CREATE DATABASE {database};\n\
         CREATE USER {admin} IDENTIFIED BY {password};\n\
         GRANT ALL ON *.* TO {admin} WITH GRANT OPTION;\n"
    )
}

fn option(name: &str, value: impl AsRef<std::ffi::OsStr>) -> OsString {
    let mut option = OsString::from(format!("--{name}="));
    option.push(value);
    option
}

fn free_port() -> Result<u16, Error> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|cause| Error::caused_by("no port on 127.0.0.1 could be found", cause))
}

/// In one line, as an error is.
fn last_lines(log: &str) -> String {
    let lines: Vec<_> = log.lines().rev().take(5).map(str::trim).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join(" | ")
}

fn not_written(cause: std::io::Error) -> Error {
    Error::caused_by(
        "the backend's temporary folder could not be filled: look at TMPDIR",
        cause,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_server_is_said_with_what_to_do() {
        // What is installed on this machine is found, wherever the PATH leads.
        let found = Installed::find(&OsString::from("/nonexistent"));
        let installed = FOLDERS.iter().any(|folder| {
            ["mysqld", "mariadbd"]
                .iter()
                .any(|name| Path::new(folder).join(name).is_file())
        });
        if !installed {
            let error = found.unwrap_err().to_string();
            assert!(error.contains("install MySQL or MariaDB"), "{error}");
        }
    }

    #[test]
    fn each_statement_is_on_a_line_of_its_own() {
        let address = Address {
            host: "127.0.0.1".to_owned(),
            port: 1,
            user: ADMIN.to_owned(),
            password: "secret".to_owned().into(),
            database: "orders".to_owned(),
        };
        let statements = init_statements(&address);
        assert_eq!(statements.lines().count(), 3);
        assert!(statements.lines().all(|line| line.ends_with(';')));
        assert!(statements.starts_with("CREATE DATABASE `orders`;\n"));
    }
}
