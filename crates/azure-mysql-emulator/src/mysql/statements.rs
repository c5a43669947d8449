//! The commands that run statements, and the one that makes another user run them.

use mysql_common::{
    Value,
    constants::{CapabilityFlags, ColumnType, StatusFlags},
    io::BufMutExt as _,
    packets::Column,
};
use mysql_handshake::{ServerError, nonce};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    select,
};

use super::{
    answer, binary,
    change_user::changed_user,
    commands::{Connection, start_session},
    disconnect::{Disconnect, bad_handshake},
    login::authenticate,
    prepared::PreparedStatements,
    text,
};
use crate::sql::{Done, Outcome, ResultSet, Statement};

/// How a result's rows are written.
#[derive(Clone, Copy, Debug)]
enum Format {
    /// In answer to a query.
    Text,
    /// In answer to a prepared statement.
    Binary,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<'_, S> {
    pub(crate) async fn query(&mut self, text: &[u8]) -> Result<(), Disconnect> {
        let Ok(text) = std::str::from_utf8(text) else {
            return self.error(&not_utf8()).await;
        };
        let mut rest = Some(text);
        while let Some(text) = rest {
            let parsed = match self.session.parse(text) {
                Ok((_, Some(_))) if !self.several_statements => Err(one_only()),
                parsed => parsed,
            };
            let (statement, behind) = match parsed {
                Ok(parsed) => parsed,
                Err(error) => return self.error(&error).await,
            };
            match self.run(&statement, &[]).await? {
                Ok(outcome) => {
                    self.outcome(outcome, Format::Text, behind.is_some())
                        .await?;
                }
                Err(error) => return self.error(&error).await,
            }
            rest = behind;
        }
        Ok(())
    }

    /// Runs a statement, unless the client leaves meanwhile.
    async fn run(
        &mut self,
        statement: &Statement,
        parameters: &[Value],
    ) -> Result<Result<Outcome, ServerError>, Disconnect> {
        self.state.metrics.count_statement();
        select! {
            result = self.session.run(statement, parameters) => Ok(result),
            error = self.stream.left() => Err(error.into()),
        }
    }

    pub(crate) async fn prepare(&mut self, text: &[u8]) -> Result<(), Disconnect> {
        match self.prepare_statement(text) {
            Ok((id, parameters, columns)) => self.prepared(id, parameters, &columns).await,
            Err(error) => self.error(&error).await,
        }
    }

    fn prepare_statement(&mut self, text: &[u8]) -> Result<(u32, usize, Vec<Column>), ServerError> {
        let text = std::str::from_utf8(text).map_err(|_| not_utf8())?;
        let (statement, None) = self.session.parse(text)? else {
            return Err(one_only());
        };
        let columns = self.session.columns(&statement)?;
        let parameters = statement.parameters;
        let id = self.prepared.add(statement)?;
        Ok((id, parameters, columns))
    }

    /// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_prepare.html>
    async fn prepared(
        &mut self,
        id: u32,
        parameters: usize,
        columns: &[Column],
    ) -> Result<(), Disconnect> {
        self.stream
            .put(&prepared_ok(id, columns.len(), parameters))
            .await?;
        // Until a parameter is given nothing is known of it.
        let parameter = Column::new(ColumnType::MYSQL_TYPE_VAR_STRING).with_name(b"?");
        self.columns(std::iter::repeat_n(&parameter, parameters))
            .await?;
        self.columns(columns.iter()).await?;
        Ok(self.stream.flush().await?)
    }

    pub(crate) async fn execute(&mut self, packet: &[u8]) -> Result<(), Disconnect> {
        let (statement, parameters) = match self.prepared.execute(packet) {
            Ok(execution) => execution,
            Err(error) => return self.error(&error).await,
        };
        match self.run(&statement, &parameters).await? {
            Ok(outcome) => self.outcome(outcome, Format::Binary, false).await,
            Err(error) => self.error(&error).await,
        }
    }

    async fn outcome(
        &mut self,
        outcome: Outcome,
        format: Format,
        more: bool,
    ) -> Result<(), Disconnect> {
        let mut status = self.status();
        status.set(StatusFlags::SERVER_MORE_RESULTS_EXISTS, more);
        match outcome {
            Outcome::Done(done) => Ok(self.stream.send(&answer::ok(&done, status)).await?),
            Outcome::Rows(rows) => {
                status.set(StatusFlags::SERVER_STATUS_NO_INDEX_USED, rows.no_index_used);
                self.rows(&rows, format, status).await
            }
        }
    }

    async fn rows(
        &mut self,
        rows: &ResultSet,
        format: Format,
        status: StatusFlags,
    ) -> Result<(), Disconnect> {
        let mut count = Vec::new();
        count.put_lenenc_int(rows.columns.len() as u64);
        self.stream.put(&count).await?;
        self.columns(rows.columns.iter()).await?;
        for values in &rows.rows {
            let row = match format {
                Format::Text => text::row(values),
                Format::Binary => binary::row(&rows.columns, values),
            };
            self.stream.put(&row).await?;
        }
        Ok(self
            .stream
            .send(&answer::end_of_rows(
                self.login.capabilities,
                status,
                rows.warnings,
            ))
            .await?)
    }

    /// What describes columns, or nothing if there are none.
    async fn columns<'c>(
        &mut self,
        columns: impl ExactSizeIterator<Item = &'c Column>,
    ) -> Result<(), Disconnect> {
        if columns.len() == 0 {
            return Ok(());
        }
        for column in columns {
            self.stream.put(&answer::column(column)).await?;
        }
        let knows = self
            .login
            .capabilities
            .contains(CapabilityFlags::CLIENT_DEPRECATE_EOF);
        if !knows {
            let end = answer::end_of_columns(self.status());
            self.stream.put(&end).await?;
        }
        Ok(())
    }

    /// Another login on the same connection, with another token. Like a new connection it has
    /// nothing of what was before.
    pub(crate) async fn change_user(&mut self, packet: &[u8]) -> Result<(), Disconnect> {
        let login = changed_user(packet, &self.login).ok_or_else(bad_handshake)?;
        authenticate(self.stream, &self.state, &login.user, None, &nonce(), None).await?;
        self.prepared = PreparedStatements::default();
        self.session = start_session(self.stream, &self.state, self.id, &login)?;
        self.login = login;
        self.done(&Done::default()).await
    }
}

fn prepared_ok(id: u32, columns: usize, parameters: usize) -> Vec<u8> {
    // The parameters were counted when the statement was added, and nobody asks for as many columns.
    let two = |count: usize| u16::try_from(count).unwrap_or(u16::MAX).to_le_bytes();
    let mut packet = vec![0x00];
    packet.extend(id.to_le_bytes());
    packet.extend(two(columns));
    packet.extend(two(parameters));
    packet.push(0);
    // Warnings.
    packet.extend([0; 2]);
    packet
}

fn not_utf8() -> ServerError {
    ServerError::new(
        1064,
        *b"42000",
        "You have an error in your SQL syntax; the emulator's small SQL takes only UTF-8",
    )
}

fn one_only() -> ServerError {
    ServerError::new(
        1064,
        *b"42000",
        "You have an error in your SQL syntax; there is more than one statement, and this client \
         did not ask for several or prepares them",
    )
}

#[cfg(test)]
mod tests {
    use mysql_common::{io::ParseBuf, packets::StmtPacket};

    use super::*;

    #[test]
    fn a_driver_reads_what_was_prepared() {
        let read: StmtPacket = ParseBuf(&prepared_ok(70_000, 3, 513)).parse(()).unwrap();
        assert_eq!(read.statement_id(), 70_000);
        assert_eq!((read.num_columns(), read.num_params()), (3, 513));
    }
}
