//! Commands of a client that has logged in, which the small SQL answers.

use std::sync::Arc;

use mysql_common::constants::Command;
use mysql_handshake::{CapabilityFlags, HandshakeResponse, PacketStream, ServerError, StatusFlags};
use tokio::io::{AsyncRead, AsyncWrite};

use super::{
    answer,
    disconnect::Disconnect,
    prepared::{LARGEST_PACKET, PreparedStatements},
    state::{Answers, State},
};
use crate::sql::{Done, ServerInformation as _, Session, SessionInformation};

/// Takes commands from a client that has logged in.
pub(crate) async fn serve<S>(
    stream: &mut PacketStream<S>,
    state: &Arc<State>,
    connection_id: u32,
    response: HandshakeResponse,
) -> Disconnect
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    stream.set_max_packet(LARGEST_PACKET);
    let session = match start_session(stream, state, connection_id, &response) {
        Ok(session) => session,
        Err(end) => return end,
    };
    let mut connection = Connection {
        several_statements: response
            .capabilities
            .contains(CapabilityFlags::CLIENT_MULTI_STATEMENTS),
        login: response,
        id: connection_id,
        stream,
        state: Arc::clone(state),
        session,
        prepared: PreparedStatements::default(),
    };
    match connection.take_commands().await {
        Ok(never) => match never {},
        Err(end) => end,
    }
}

/// Starts the session of a user who may go on.
pub(crate) fn start_session<S>(
    stream: &PacketStream<S>,
    state: &Arc<State>,
    connection_id: u32,
    login: &HandshakeResponse,
) -> Result<Session, Disconnect>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Answers::SmallSql(database) = &state.answers else {
        return Err(Disconnect::Drop);
    };
    let tls = stream.tls().ok_or(Disconnect::Drop)?;
    let information = SessionInformation {
        connection_id,
        user: String::from_utf8_lossy(&login.user).into_owned(),
        collation: login.collation.into(),
        tls_version: tls.version,
        tls_cipher: tls.cipher,
        found_rows: login
            .capabilities
            .contains(CapabilityFlags::CLIENT_FOUND_ROWS),
    };
    let name = login.database.as_deref().map(String::from_utf8_lossy);
    let server = Arc::clone(state);
    Ok(Session::start(
        database,
        server,
        information,
        name.as_deref(),
    )?)
}

/// A client that has logged in.
#[derive(Debug)]
pub(crate) struct Connection<'a, S> {
    pub(crate) stream: &'a mut PacketStream<S>,
    pub(crate) state: Arc<State>,
    pub(crate) id: u32,
    /// What the client has asked for when it logged in.
    pub(crate) login: HandshakeResponse,
    /// Whether a text may hold several statements.
    pub(crate) several_statements: bool,
    pub(crate) session: Session,
    pub(crate) prepared: PreparedStatements,
}

/// A connection is served until something ends it.
pub(crate) enum Never {}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<'_, S> {
    async fn take_commands(&mut self) -> Result<Never, Disconnect> {
        self.done(&Done::default()).await?;
        loop {
            self.stream.start_command();
            let packet = self.stream.read().await?;
            self.answer(packet).await?;
        }
    }

    /// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_command_phase.html>
    async fn answer(&mut self, packet: Vec<u8>) -> Result<(), Disconnect> {
        let Some((&command, rest)) = packet.split_first() else {
            return self.error(&unknown_command()).await;
        };
        match command {
            QUIT => Err(Disconnect::Gone),
            INIT_DB => {
                let database = String::from_utf8_lossy(rest);
                let used = self.session.use_database(&database);
                self.done_or(used).await
            }
            QUERY => self.query(rest).await,
            PING => self.done(&Done::default()).await,
            STATISTICS => self.statistics().await,
            PROCESS_KILL => self.kill(rest).await,
            CHANGE_USER => self.change_user(&packet).await,
            RESET_CONNECTION => {
                self.prepared = PreparedStatements::default();
                self.session.reset();
                self.done(&Done::default()).await
            }
            SET_OPTION => self.set_option(rest).await,
            STMT_PREPARE => self.prepare(rest).await,
            STMT_EXECUTE => self.execute(rest).await,
            STMT_SEND_LONG_DATA => {
                self.prepared.send_long_data(rest);
                Ok(())
            }
            STMT_CLOSE => {
                self.prepared.close(rest);
                Ok(())
            }
            STMT_RESET => {
                let result = self.prepared.reset(rest);
                self.done_or(result).await
            }
            STMT_FETCH => {
                let error = self.prepared.fetch(rest);
                self.error(&error).await
            }
            FIELD_LIST => self.error(&no_field_list()).await,
            _ => self.error(&unknown_command()).await,
        }
    }

    async fn done_or(&mut self, result: Result<(), ServerError>) -> Result<(), Disconnect> {
        match result {
            Ok(()) => self.done(&Done::default()).await,
            Err(error) => self.error(&error).await,
        }
    }

    async fn statistics(&mut self) -> Result<(), Disconnect> {
        let uptime = self.state.uptime();
        let open = self.state.open_connections();
        let statements = self.state.metrics.statements();
        let text = format!("Uptime: {uptime}  Threads: {open}  Questions: {statements}");
        Ok(self.stream.send(text.as_bytes()).await?)
    }

    async fn kill(&mut self, packet: &[u8]) -> Result<(), Disconnect> {
        let id = packet.first_chunk().copied().map(u32::from_le_bytes);
        let id = id.unwrap_or_default();
        if self.state.kill(id) {
            return self.done(&Done::default()).await;
        }
        let message = format!("Unknown thread id: {id}");
        self.error(&ServerError::new(1094, *b"HY000", message))
            .await
    }

    /// Whether a text may hold several statements.
    async fn set_option(&mut self, packet: &[u8]) -> Result<(), Disconnect> {
        match packet {
            [0, 0] => self.several_statements = true,
            [1, 0] => self.several_statements = false,
            _ => return self.error(&unknown_command()).await,
        }
        let end = answer::end_of_rows(self.login.capabilities, self.status(), 0);
        Ok(self.stream.send(&end).await?)
    }

    /// What each answer says about the session.
    pub(crate) fn status(&self) -> StatusFlags {
        let mut status = StatusFlags::empty();
        for (flag, is_so) in [
            (
                StatusFlags::SERVER_STATUS_IN_TRANS,
                self.session.in_transaction(),
            ),
            (
                StatusFlags::SERVER_STATUS_AUTOCOMMIT,
                self.session.autocommit(),
            ),
        ] {
            status.set(flag, is_so);
        }
        status
    }

    pub(crate) async fn done(&mut self, done: &Done) -> Result<(), Disconnect> {
        Ok(self.stream.send(&answer::ok(done, self.status())).await?)
    }

    pub(crate) async fn error(&mut self, error: &ServerError) -> Result<(), Disconnect> {
        Ok(self.stream.send(&error.encode()).await?)
    }
}

const QUIT: u8 = Command::COM_QUIT as u8;
const INIT_DB: u8 = Command::COM_INIT_DB as u8;
const QUERY: u8 = Command::COM_QUERY as u8;
const FIELD_LIST: u8 = Command::COM_FIELD_LIST as u8;
const STATISTICS: u8 = Command::COM_STATISTICS as u8;
const PROCESS_KILL: u8 = Command::COM_PROCESS_KILL as u8;
const PING: u8 = Command::COM_PING as u8;
const CHANGE_USER: u8 = Command::COM_CHANGE_USER as u8;
const STMT_PREPARE: u8 = Command::COM_STMT_PREPARE as u8;
const STMT_EXECUTE: u8 = Command::COM_STMT_EXECUTE as u8;
const STMT_SEND_LONG_DATA: u8 = Command::COM_STMT_SEND_LONG_DATA as u8;
const STMT_CLOSE: u8 = Command::COM_STMT_CLOSE as u8;
const STMT_RESET: u8 = Command::COM_STMT_RESET as u8;
const SET_OPTION: u8 = Command::COM_SET_OPTION as u8;
const STMT_FETCH: u8 = Command::COM_STMT_FETCH as u8;
const RESET_CONNECTION: u8 = Command::COM_RESET_CONNECTION as u8;

fn unknown_command() -> ServerError {
    ServerError::new(1047, *b"08S01", "Unknown command")
}

/// Deprecated since MySQL 5.7.11; what asked for it had better `SHOW COLUMNS`.
fn no_field_list() -> ServerError {
    ServerError::new(
        1235,
        *b"42000",
        "This version of MySQL doesn't yet support 'COM_FIELD_LIST'",
    )
}
