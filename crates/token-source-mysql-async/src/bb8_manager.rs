//! The connector as a manager of bb8's pool.

use bb8::ManageConnection;

use crate::{Connection, Connector, Error, ErrorKind};

impl ManageConnection for Connector {
    type Connection = Connection;
    type Error = Error;

    async fn connect(&self) -> Result<Connection, Error> {
        Self::connect(self).await
    }

    /// Brings the connection into the state of a new session, without a login.
    async fn is_valid(&self, connection: &mut Connection) -> Result<(), Error> {
        // bb8 does not say what a connection was used for.
        connection.is_new_session = false;
        connection
            .reset_session()
            .await
            .map_err(|reason| Error::new(ErrorKind::Connection, reason.into_owned()))
    }

    fn has_broken(&self, connection: &mut Connection) -> bool {
        connection.is_disconnected()
    }
}
