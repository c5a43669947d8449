//! A real server that answers SQL.

#[cfg(unix)]
use std::sync::{Mutex, PoisonError};
use std::{collections::HashMap, io, time::Duration};

use mysql_handshake::{
    Credential, ErrorKind, Greeting, HandshakeResponse, Login, PacketStream, ServerError, is_ok,
    log_in, receive_greeting,
};
#[cfg(unix)]
use process_supervisor::Process;
use secrecy::SecretString;
use tokio::{net::TcpStream, time::timeout};
use uuid::Uuid;

use super::{url::Address, users};
use crate::Error;

/// How long it may take to connect, and to log in: the server is near.
const DEADLINE: Duration = Duration::from_secs(10);

const COM_QUERY: u8 = 0x03;

/// A real server, and how to log in to it.
#[derive(Debug)]
pub(crate) struct Server {
    address: Address,
    /// The passwords of the tenant's users, if they have been created.
    passwords: HashMap<String, SecretString>,
    /// Ends with this.
    #[cfg(unix)]
    process: Mutex<Option<Process>>,
}

/// A connection on which the server has said its greeting.
#[derive(Debug)]
pub(crate) struct Opened {
    stream: PacketStream<TcpStream>,
    pub(crate) greeting: Greeting,
}

/// A connection that is logged in.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) stream: PacketStream<TcpStream>,
    /// What the server said to that.
    pub(crate) ok: Vec<u8>,
}

impl Server {
    /// Logs in once, and creates these users.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached, or refuses the login or a user.
    pub(crate) async fn connect(address: Address, tenant_users: &[String]) -> Result<Self, Error> {
        let mut server = Self {
            address,
            passwords: HashMap::new(),
            #[cfg(unix)]
            process: Mutex::new(None),
        };
        let mut admin = server.admin().await.map_err(|cause| {
            let Address { host, port, .. } = &server.address;
            Error::new(format!(
                "the backend at {host}:{port} cannot be used: {}",
                cause.message
            ))
        })?;
        for user in tenant_users {
            // Its characters need no escaping, and it has more than 120 random bits.
            let password = SecretString::from(format!("Aa1-{}", Uuid::new_v4()));
            for statement in users::statements(user, &password, &server.address.database) {
                admin.command(&statement).await.map_err(|cause| {
                    Error::new(format!(
                        "the backend did not create the user '{user}': {}; the user of its URL needs \
                         the privileges to create users and to grant",
                        cause.message
                    ))
                })?;
            }
            server.passwords.insert(user.clone(), password);
        }
        Ok(server)
    }

    /// Keeps the server's process, which ends with this.
    #[cfg(unix)]
    pub(crate) fn owning(self, process: Process) -> Self {
        Self {
            process: Mutex::new(Some(process)),
            ..self
        }
    }

    /// Ends the server's process, if it is the emulator's, and waits until it has ended.
    #[cfg(unix)]
    pub(crate) async fn stop(&self) {
        let process = self
            .process
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        // It shuts down first, which takes a while.
        let _ = tokio::task::spawn_blocking(move || drop(process)).await;
    }

    /// The database that clients are told of.
    pub(crate) fn database(&self) -> &str {
        &self.address.database
    }

    /// Opens a connection, and waits for the server's greeting.
    ///
    /// # Errors
    ///
    /// What a client is told: that the server cannot be reached, or the server's own words.
    pub(crate) async fn open(&self) -> Result<Opened, ServerError> {
        let Address { host, port, .. } = &self.address;
        let opening = async {
            let stream = TcpStream::connect((host.as_str(), *port)).await;
            let stream = stream.map_err(|error| unreachable(&error.to_string()))?;
            // Without it a short command waits for the server to acknowledge the one before.
            let _ = stream.set_nodelay(true);
            let mut stream = PacketStream::new(stream);
            let greeting = receive_greeting(&mut stream).await;
            let greeting = greeting.map_err(|error| told(&error))?;
            Ok(Opened { stream, greeting })
        };
        match timeout(DEADLINE, opening).await {
            Ok(opened) => opened,
            Err(_) => Err(unreachable("it did not answer within 10 s")),
        }
    }

    /// Logs in with what a client has asked for: its database, capabilities, collation and attributes.
    ///
    /// # Errors
    ///
    /// What the client is told, such as 1049 for a database that is not there.
    pub(crate) async fn log_in(
        &self,
        opened: Opened,
        client: &HandshakeResponse,
    ) -> Result<Accepted, ServerError> {
        let user = String::from_utf8_lossy(&client.user);
        let (user, password) = match self.passwords.get_key_value(&*user) {
            Some((user, password)) => (user, password),
            None => (&self.address.user, &self.address.password),
        };
        let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
        let login = Login {
            database: client.database.as_ref().map(text),
            capabilities: client.capabilities,
            collation: client.collation,
            attributes: client.attributes.clone(),
            max_packet_size: client.max_packet_size,
            ..Login::new(user, Credential::Password(password.clone()))
        };
        match self.try_log_in(opened, &login).await {
            // It has not waited for the client to log in, and may have one more.
            Err(error) if error.kind() == ErrorKind::Closed || error.kind() == ErrorKind::Io => {
                let opened = self.open().await?;
                self.try_log_in(opened, &login).await
            }
            accepted => accepted,
        }
        .map_err(|error| told(&error))
    }

    async fn try_log_in(
        &self,
        Opened {
            mut stream,
            greeting,
        }: Opened,
        login: &Login,
    ) -> Result<Accepted, mysql_handshake::Error> {
        let session = timeout(DEADLINE, log_in(&mut stream, &greeting, None, login))
            .await
            .map_err(io::Error::from)??;
        Ok(Accepted {
            stream,
            ok: session.ok,
        })
    }

    /// A session of the user in the URL.
    async fn admin(&self) -> Result<Accepted, ServerError> {
        let opened = self.open().await?;
        let password = Credential::Password(self.address.password.clone());
        let login = Login {
            database: Some(self.address.database.clone()),
            ..Login::new(&self.address.user, password)
        };
        let accepted = self.try_log_in(opened, &login).await;
        accepted.map_err(|error| told(&error))
    }
}

impl Accepted {
    /// Runs a statement that gives no rows.
    async fn command(&mut self, statement: &str) -> Result<(), ServerError> {
        let broken = |error: mysql_handshake::Error| told(&error);
        self.stream.start_command();
        let command = [&[COM_QUERY], statement.as_bytes()].concat();
        self.stream.send(&command).await.map_err(broken)?;
        let answer = self.stream.read().await.map_err(broken)?;
        match ServerError::parse(&answer) {
            Some(error) => Err(error),
            None if is_ok(&answer) => Ok(()),
            None => Err(unreachable("it gave rows where none were expected")),
        }
    }
}

/// What a client is told of this: the server's own words, if it has said any.
fn told(error: &mysql_handshake::Error) -> ServerError {
    let own = error.server_error().cloned();
    own.unwrap_or_else(|| unreachable(&error.to_string()))
}

/// A server that is not there is one that was shut down: clients try again after that.
fn unreachable(reason: &str) -> ServerError {
    let message = format!("The emulator's backend does not answer: {reason}");
    ServerError::new(1053, *b"08S01", message)
}

/// What a client is told whose server has left in the middle of an answer.
pub(crate) fn lost() -> ServerError {
    unreachable("it closed the connection during the query")
}
