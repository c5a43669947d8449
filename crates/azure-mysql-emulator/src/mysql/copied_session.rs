//! A session that a real server has, behind Azure's login.

use mysql_common::constants::Command;
use mysql_handshake::{HandshakeResponse, PacketStream, RelayEnd, nonce, relay};
use tokio::io::{AsyncRead, AsyncWrite};

use super::{
    change_user::changed_user,
    disconnect::{Disconnect, bad_handshake},
    login::authenticate,
    state::State,
};
use crate::backend::{Opened, Server, lost};

/// Copies the session of a client that has logged in, until either side leaves.
pub(crate) async fn serve<S>(
    client: &mut PacketStream<S>,
    state: &State,
    server: &Server,
    mut opened: Opened,
    mut response: HandshakeResponse,
) -> Disconnect
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        let mut accepted = match server.log_in(opened, &response).await {
            Ok(accepted) => accepted,
            Err(refusal) => return Disconnect::Refused(refusal),
        };
        if let Err(error) = client.send(&accepted.ok).await {
            return error.into();
        }
        let end = relay(client, &mut accepted.stream, |command| {
            if command == QUERY || command == EXECUTE {
                state.metrics.count_statement();
            }
        });
        match end.await {
            RelayEnd::ClientLeft => return Disconnect::Gone,
            RelayEnd::ServerLeft { answer: None } => return Disconnect::Drop,
            RelayEnd::ServerLeft {
                answer: Some(number),
            } => return Disconnect::Unanswered(number, lost()),
            // Nothing of the session is left after that, so the server gives a new one.
            RelayEnd::ChangeUser => match change_user(client, state, server, &response).await {
                Ok(changed) => (opened, response) = changed,
                Err(end) => return end,
            },
        }
    }
}

const QUERY: u8 = Command::COM_QUERY as u8;
const EXECUTE: u8 = Command::COM_STMT_EXECUTE as u8;

/// Reads who the client wants to be now, and asks for the token.
async fn change_user<S>(
    client: &mut PacketStream<S>,
    state: &State,
    server: &Server,
    before: &HandshakeResponse,
) -> Result<(Opened, HandshakeResponse), Disconnect>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let packet = client.read().await?;
    let response = changed_user(&packet, before).ok_or_else(bad_handshake)?;
    authenticate(client, state, &response.user, None, &nonce(), None).await?;
    let opened = server.open().await?;
    Ok((opened, response))
}
