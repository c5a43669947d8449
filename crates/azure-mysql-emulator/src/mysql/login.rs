//! From a new connection to a user who may go on.

use std::{io, sync::Arc};

use aad_auth::{Refusal, login};
use mysql_handshake::{
    AuthSwitch, CLEAR_PASSWORD, CapabilityFlags, FirstPacket, Greeting, HandshakeResponse, Nonce,
    PacketStream, ServerError, greet, switch,
};
use rustls::{ServerConfig, ServerConnection};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use zeroize::Zeroizing;

use super::{
    auth_error,
    disconnect::{Disconnect, bad_handshake},
    fault::{LoginFault, LoginStep},
    metrics::LoginRefusal,
    state::State,
};

/// Greets the client, and lets it in if it shows a good token over TLS.
pub(crate) async fn log_in<S>(
    stream: &mut PacketStream<S>,
    state: &State,
    greeting: &Greeting,
    fault: Option<&LoginFault>,
) -> Result<HandshakeResponse, Disconnect>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    at(LoginStep::BeforeGreeting, fault)?;
    if fault == Some(&LoginFault::GarbageGreeting) {
        stream.send(GARBAGE).await?;
        return Err(Disconnect::Drop);
    }
    let mut greeting = greeting.clone();
    if fault == Some(&LoginFault::NoTls) {
        greeting.capabilities -= CapabilityFlags::CLIENT_SSL;
    }
    greet(stream, &greeting).await?;
    at(LoginStep::AfterGreeting, fault)?;

    let packet = Zeroizing::new(stream.read().await?);
    let response = match FirstPacket::parse(&packet)? {
        FirstPacket::SslRequest(_) if fault == Some(&LoginFault::NoTls) => {
            return Err(bad_handshake().into());
        }
        FirstPacket::SslRequest(_) => {
            start_tls(stream, state, fault).await?;
            HandshakeResponse::parse(&Zeroizing::new(stream.read().await?))?
        }
        FirstPacket::Response(response) => {
            return Err(in_the_clear(stream, state, response, &greeting.nonce, fault).await?);
        }
    };
    let mut response = HandshakeResponse {
        capabilities: response.capabilities & greeting.capabilities,
        user: cut(&response.user).to_vec(),
        ..response
    };
    let begun = take_clear_password(&mut response);
    // Its token has left it, whatever becomes of the login.
    if let Some(packet) = &begun {
        receive(state, &response.user, packet);
    }
    at(LoginStep::BeforeAuthSwitch, fault)?;
    authenticate(stream, state, &response.user, begun, &greeting.nonce, fault).await?;
    Ok(response)
}

/// What the client sent with `mysql_clear_password`, if it began with that plugin.
fn take_clear_password(response: &mut HandshakeResponse) -> Option<Zeroizing<Vec<u8>>> {
    let begins_clear = response.auth_plugin.as_deref() == Some(CLEAR_PASSWORD);
    begins_clear.then(|| std::mem::take(&mut response.auth_response))
}

/// As many bytes of a user's name as MySQL takes, of `USERNAME_LENGTH`: it goes on without the rest.
const LONGEST_USER: usize = 96;

/// The name of a user, cut as MySQL cuts it: what strangers send is kept for the log.
pub(crate) fn cut(user: &[u8]) -> &[u8] {
    &user[..user.len().min(LONGEST_USER)]
}

/// No greeting of any protocol version.
const GARBAGE: &[u8] = b"\xa5\x5a\xff\xfe\x00garbage\x00\x01\x02\x03";

/// Ends the connection here if that is its fault.
fn at(step: LoginStep, fault: Option<&LoginFault>) -> Result<(), Disconnect> {
    match fault {
        Some(LoginFault::HangAt(there)) if *there == step => Err(Disconnect::Hang),
        Some(LoginFault::DropAt(there)) if *there == step => Err(Disconnect::Drop),
        _ => Ok(()),
    }
}

async fn start_tls<S>(
    stream: &mut PacketStream<S>,
    state: &State,
    fault: Option<&LoginFault>,
) -> Result<(), Disconnect>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let certificates = &state.certificates;
    if let Err(end) = at(LoginStep::DuringTls, fault) {
        if let Some(stream) = stream.plain_mut() {
            half_a_handshake(stream, &certificates.own).await?;
        }
        return Err(end);
    }
    let config = match fault {
        Some(LoginFault::OtherAuthority) => &certificates.other_authority,
        Some(LoginFault::OtherHostName) => &certificates.other_host_name,
        _ => &certificates.own,
    };
    Ok(stream.accept_tls(Arc::clone(config)).await?)
}

/// Reads the client's hello and sends half of the answer.
async fn half_a_handshake<S>(stream: &mut S, config: &Arc<ServerConfig>) -> Result<(), Disconnect>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
    let mut heard = vec![0; 4096];
    while !connection.wants_write() {
        let count = stream.read(&mut heard).await?;
        if count == 0 {
            return Err(Disconnect::Gone);
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
    stream: &mut PacketStream<S>,
    state: &State,
    mut response: HandshakeResponse,
    nonce: &Nonce,
    fault: Option<&LoginFault>,
) -> Result<Disconnect, Disconnect>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let packet = match take_clear_password(&mut response) {
        Some(packet) => Some(packet),
        None if fault == Some(&LoginFault::NoTls) => {
            Some(switch(stream, &switch_to(CLEAR_PASSWORD, nonce)).await?)
        }
        None => None,
    };
    let user = cut(&response.user);
    if let Some(packet) = packet {
        receive(state, user, &packet);
    }
    let reason = Refusal::NoTls.to_string();
    Ok(refuse(state, user, reason, auth_error::without_tls()))
}

/// Asks for the user's token and checks it.
///
/// `begun` is what the client sent with `mysql_clear_password` before it was asked to; it is counted
/// already. An unknown user is asked too, as in MySQL, where nobody learns from the outside which users
/// there are.
pub(crate) async fn authenticate<S>(
    stream: &mut PacketStream<S>,
    state: &State,
    user: &[u8],
    begun: Option<Zeroizing<Vec<u8>>>,
    nonce: &Nonce,
    fault: Option<&LoginFault>,
) -> Result<(), Disconnect>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let name = String::from_utf8_lossy(user);
    if let Some(LoginFault::OtherPlugin(plugin)) = fault {
        let answer = switch(stream, &switch_to(plugin.as_bytes(), nonce)).await?;
        // Some plugins send the password itself. Each token begins so, and hardly any hash.
        if answer.starts_with(b"eyJ") {
            receive(state, user, &answer);
        }
        let error = auth_error::access_denied(&name, true);
        return Err(refuse(state, user, on_purpose(), error));
    }

    let packet = if let Some(packet) = begun {
        packet
    } else {
        let packet = switch(stream, &switch_to(CLEAR_PASSWORD, nonce)).await?;
        receive(state, user, &packet);
        packet
    };
    let token = login::token(&packet);
    at(LoginStep::AfterToken, fault)?;

    let Some(account) = state.accounts.get(&*name) else {
        let error = auth_error::access_denied(&name, token.is_ok());
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
        let error = auth_error::answer(&name, account, &refusal);
        return Err(refuse(state, user, refusal.to_string(), error));
    }
    if fault == Some(&LoginFault::Refused) {
        let error = auth_error::access_denied(&name, true);
        return Err(refuse(state, user, on_purpose(), error));
    }
    state
        .log
        .write(&login::report(&login::shown(user), &Ok(())));
    state.metrics.count_accepted();
    Ok(())
}

/// A MySQL server sends no data with `mysql_clear_password`, for which there is no use.
fn switch_to(plugin: &[u8], nonce: &Nonce) -> AuthSwitch {
    let data = if plugin == CLEAR_PASSWORD {
        Vec::new()
    } else {
        [&nonce[..], b"\0"].concat()
    };
    AuthSwitch {
        plugin: plugin.to_vec(),
        data,
    }
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
    state.metrics.count_token(token);
}

fn refuse(state: &State, user: &[u8], reason: String, error: ServerError) -> Disconnect {
    let decision = Err(reason.clone());
    state
        .log
        .write(&login::report(&login::shown(user), &decision));
    state.metrics.count_refused(LoginRefusal {
        user: String::from_utf8_lossy(user).into_owned(),
        reason,
        error_number: error.number,
    });
    Disconnect::Refused(error)
}
