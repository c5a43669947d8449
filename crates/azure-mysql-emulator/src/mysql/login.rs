//! From a new connection to a user who may go on.

use std::{io, sync::Arc};

use aad_auth::{Refusal, login};
use mysql_common::constants::CapabilityFlags;
use rustls::{ServerConfig, ServerConnection};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::{
    end::End,
    fault::{LoginFault, LoginStep},
    greeting::{
        CAPABILITIES, CLEAR_PASSWORD, First, Hello, Nonce, auth_switch, bad_handshake, first,
        greeting, hello, nonce,
    },
    refused,
    state::State,
    tally::LoginRefusal,
    wire::Wire,
};
use crate::sql::SqlError;

/// Greets the client, and lets it in if it shows a good token over TLS.
pub(crate) async fn log_in<S>(
    wire: &mut Wire<S>,
    state: &State,
    connection_id: u32,
    fault: Option<&LoginFault>,
) -> Result<Hello, End>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let nonce = nonce();
    at(LoginStep::BeforeGreeting, fault)?;
    if fault == Some(&LoginFault::GarbageGreeting) {
        wire.send(GARBAGE).await?;
        return Err(End::Drop);
    }
    let capabilities = match fault {
        Some(LoginFault::NoTls) => CAPABILITIES - CapabilityFlags::CLIENT_SSL,
        _ => CAPABILITIES,
    };
    wire.send(&greeting(connection_id, &nonce, capabilities))
        .await?;
    at(LoginStep::AfterGreeting, fault)?;

    match first(&wire.read().await?)? {
        First::Tls if fault == Some(&LoginFault::NoTls) => return Err(bad_handshake().into()),
        First::Tls => start_tls(wire, state, fault).await?,
        First::Hello(hello) => return Err(in_the_clear(wire, state, hello, &nonce, fault).await?),
    }

    let mut hello = hello(&wire.read().await?)?;
    let begun = hello.clear_password.take();
    // Its token has left it, whatever becomes of the login.
    if let Some(packet) = &begun {
        receive(state, &hello.user, packet);
    }
    at(LoginStep::BeforeAuthSwitch, fault)?;
    authenticate(wire, state, &hello.user, begun, &nonce, fault).await?;
    Ok(hello)
}

/// No greeting of any protocol version.
const GARBAGE: &[u8] = b"\xa5\x5a\xff\xfe\x00garbage\x00\x01\x02\x03";

/// Ends the connection here if that is its fault.
fn at(step: LoginStep, fault: Option<&LoginFault>) -> Result<(), End> {
    match fault {
        Some(LoginFault::HangAt(there)) if *there == step => Err(End::Hang),
        Some(LoginFault::DropAt(there)) if *there == step => Err(End::Drop),
        _ => Ok(()),
    }
}

async fn start_tls<S>(
    wire: &mut Wire<S>,
    state: &State,
    fault: Option<&LoginFault>,
) -> Result<(), End>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let certificates = &state.certificates;
    if let Err(end) = at(LoginStep::DuringTls, fault) {
        if let Some(stream) = wire.clear() {
            half_a_handshake(stream, &certificates.own).await?;
        }
        return Err(end);
    }
    let config = match fault {
        Some(LoginFault::OtherAuthority) => &certificates.other_authority,
        Some(LoginFault::OtherHostName) => &certificates.other_host_name,
        _ => &certificates.own,
    };
    wire.start_tls(Arc::clone(config)).await
}

/// Reads the client's hello and sends half of the answer.
async fn half_a_handshake<S>(stream: &mut S, config: &Arc<ServerConfig>) -> Result<(), End>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
    let mut heard = vec![0; 4096];
    while !connection.wants_write() {
        let count = stream.read(&mut heard).await?;
        if count == 0 {
            return Err(End::Gone);
        }
        connection.read_tls(&mut &heard[..count])?;
        connection.process_new_packets().map_err(io::Error::other)?;
    }
    let mut answer = Vec::new();
    while connection.wants_write() {
        connection.write_tls(&mut answer)?;
    }
    stream.write_all(&answer[..answer.len() / 2]).await?;
    Ok(())
}

/// A client that says who it is without TLS is refused, and not asked for its token, unless the fault
/// is to ask all the same.
async fn in_the_clear<S>(
    wire: &mut Wire<S>,
    state: &State,
    hello: Hello,
    nonce: &Nonce,
    fault: Option<&LoginFault>,
) -> Result<End, End>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let packet = match hello.clear_password {
        Some(packet) => Some(packet),
        None if fault == Some(&LoginFault::NoTls) => {
            wire.send(&auth_switch(CLEAR_PASSWORD, nonce)).await?;
            Some(wire.read().await?)
        }
        None => None,
    };
    if let Some(packet) = packet {
        receive(state, &hello.user, &packet);
    }
    let reason = Refusal::NoTls.to_string();
    Ok(refuse(state, &hello.user, reason, refused::without_tls()))
}

/// Asks for the user's token and checks it.
///
/// `begun` is what the client sent with `mysql_clear_password` before it was asked to; it is counted
/// already. An unknown
/// user is asked too, as in MySQL, where nobody learns from the outside which users there are.
pub(crate) async fn authenticate<S>(
    wire: &mut Wire<S>,
    state: &State,
    user: &[u8],
    begun: Option<Vec<u8>>,
    nonce: &Nonce,
    fault: Option<&LoginFault>,
) -> Result<(), End>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let name = String::from_utf8_lossy(user);
    if let Some(LoginFault::OtherPlugin(plugin)) = fault {
        wire.send(&auth_switch(plugin.as_bytes(), nonce)).await?;
        let answer = wire.read().await?;
        // Some plugins send the password itself. Each token begins so, and hardly any hash.
        if answer.starts_with(b"eyJ") {
            receive(state, user, &answer);
        }
        let error = refused::access_denied(&name, true);
        return Err(refuse(state, user, on_purpose(), error));
    }

    let packet = if let Some(packet) = begun {
        packet
    } else {
        wire.send(&auth_switch(CLEAR_PASSWORD, nonce)).await?;
        let packet = wire.read().await?;
        receive(state, user, &packet);
        packet
    };
    let token = login::token(&packet);
    at(LoginStep::AfterToken, fault)?;

    let Some(account) = state.accounts.get(&*name) else {
        let error = refused::access_denied(&name, token.is_ok());
        return Err(refuse(
            state,
            user,
            "there is no such user".to_owned(),
            error,
        ));
    };
    let decision =
        token.and_then(|token| login::check(token, account, &state.verifier, state.clock.now()));
    if let Err(refusal) = decision {
        let error = refused::answer(&name, account, &refusal);
        return Err(refuse(state, user, refusal.to_string(), error));
    }
    if fault == Some(&LoginFault::Refused) {
        let error = refused::access_denied(&name, true);
        return Err(refuse(state, user, on_purpose(), error));
    }
    state
        .log
        .write(&login::report(&login::shown(user), &Ok(())));
    state.tally.count_accepted();
    Ok(())
}

fn on_purpose() -> String {
    "a fault that the emulator was asked for".to_owned()
}

/// Counts the token in a client's packet, if there is one.
fn receive(state: &State, user: &[u8], packet: &[u8]) {
    let Ok(token) = login::token(packet) else {
        return;
    };
    state
        .log
        .write(&login::received(&login::shown(user), token));
    state.tally.count_token(token);
}

fn refuse(state: &State, user: &[u8], reason: String, error: SqlError) -> End {
    let decision = Err(reason.clone());
    state
        .log
        .write(&login::report(&login::shown(user), &decision));
    state.tally.count_refused(LoginRefusal {
        user: String::from_utf8_lossy(user).into_owned(),
        reason,
        error_number: error.number,
    });
    End::Refused(error)
}
