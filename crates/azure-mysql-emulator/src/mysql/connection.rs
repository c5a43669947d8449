//! A connection from its first packet to its last.

use std::sync::Arc;

use mysql_handshake::{Greeting, HandshakeResponse, PacketStream};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::{Duration, timeout},
};

use super::{
    commands, copied_session,
    disconnect::Disconnect,
    fault::{Latency, LoginFault},
    greeting,
    latency::from_afar,
    login::log_in,
    state::{Answers, State},
};

/// MySQL's `connect_timeout` of 10 s is for each packet; this is for the whole login, and a busy test
/// machine on which a thousand log in at once must not run into it.
const LOGIN_DEADLINE: Duration = Duration::from_secs(30);

/// Serves a client until it leaves. Its fault and its latency are those of the moment it came.
pub(crate) async fn serve(stream: TcpStream, state: Arc<State>, connection_id: u32) {
    let fault = state.faults.next();
    let latency = *state.latency();
    // Without it a short answer waits for the client to acknowledge the one before.
    let _ = stream.set_nodelay(true);
    if latency == Latency::default() {
        talk(stream, state, connection_id, fault).await;
    } else {
        from_afar(stream, latency, |stream| {
            talk(stream, state, connection_id, fault)
        })
        .await;
    }
}

async fn talk<S>(stream: S, state: Arc<State>, connection_id: u32, fault: Option<LoginFault>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut stream = PacketStream::new(stream);
    let end = match &state.answers {
        Answers::SmallSql(_) => {
            let greeting = greeting::small_sql(connection_id);
            match let_in(&mut stream, &state, &greeting, fault).await {
                Ok(response) => commands::serve(&mut stream, &state, connection_id, response).await,
                Err(end) => end,
            }
        }
        Answers::Server(server) => match server.open().await {
            Ok(opened) => {
                let greeting = greeting::in_front_of(&opened.greeting);
                match let_in(&mut stream, &state, &greeting, fault).await {
                    Ok(response) => {
                        copied_session::serve(&mut stream, &state, server, opened, response).await
                    }
                    Err(end) => end,
                }
            }
            Err(unreachable) => Disconnect::Refused(unreachable),
        },
    };
    match end {
        Disconnect::Refused(error) => stream.refuse(&error).await,
        Disconnect::Unanswered(number, error) => stream.refuse_answer(number, &error).await,
        // It ends when the client leaves, however that comes about.
        Disconnect::Hang => drop(stream.drain().await),
        Disconnect::Gone | Disconnect::Drop => {}
    }
}

async fn let_in<S>(
    stream: &mut PacketStream<S>,
    state: &State,
    greeting: &Greeting,
    fault: Option<LoginFault>,
) -> Result<HandshakeResponse, Disconnect>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let login = log_in(stream, state, greeting, fault.as_ref());
    // A login needs room that the commands after it do not need.
    let login = Box::pin(timeout(LOGIN_DEADLINE, login));
    login.await.unwrap_or(Err(Disconnect::Drop))
}
