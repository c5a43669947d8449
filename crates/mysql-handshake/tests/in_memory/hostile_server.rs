//! Whatever a server does, a client keeps its secrets and comes to an end.

use crate::common::{CAPABILITIES, Tls, greeting};
use mysql_handshake::{
    AuthSwitch, CLEAR_PASSWORD, CapabilityFlags, Credential, Error, ErrorKind, Greeting, Login,
    NATIVE_PASSWORD, PacketStream, ServerError, connect, greet, receive_response,
};
use proptest::{collection::vec, prelude::*};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

fn token_login() -> Login {
    Login::new("app", Credential::ClearPassword("eyJ.a.token".into()))
}

fn password_login() -> Login {
    Login::new("app", Credential::Password("secret".into()))
}

/// The client's error, and all that it sent after the server's packets.
async fn refused(
    login: &Login,
    tls: Option<&Tls>,
    client_tls: Option<&Tls>,
    greeting: &Greeting,
    packets: &[Vec<u8>],
) -> (Error, Vec<Vec<u8>>) {
    let (client, server) = duplex(1 << 16);
    let mut server = PacketStream::new(server);
    let serve = async {
        greet(&mut server, greeting).await.unwrap();
        let config = tls.map(|tls| tls.server.clone());
        let mut answers = Vec::new();
        if receive_response(&mut server, config).await.is_ok() {
            for packet in packets {
                if server.send(packet).await.is_err() {
                    break;
                }
                match server.read().await {
                    Ok(answer) => answers.push(answer),
                    Err(_) => break,
                }
            }
        }
        answers
    };
    let client = async {
        let connected = connect(client, client_tls.map(Tls::client), login).await;
        connected.map(|_| ()).unwrap_err()
    };
    tokio::join!(client, serve)
}

/// What the client does after this greeting, and what it sends.
async fn after_greeting(login: &Login, tls: Option<&Tls>, greeting: &[u8]) -> (Error, Vec<u8>) {
    let (client, mut server) = duplex(1 << 16);
    let serve = async {
        server.write_all(&frame(greeting)).await.unwrap();
        let mut sent = Vec::new();
        server.read_to_end(&mut sent).await.unwrap();
        sent
    };
    let client = async {
        let connected: Result<(PacketStream<DuplexStream>, _), _> =
            connect(client, tls.map(Tls::client), login).await;
        connected.map(|_| ()).unwrap_err()
    };
    tokio::join!(client, serve)
}

fn frame(payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_le_bytes();
    [&length[..3], &[0], payload].concat()
}

#[tokio::test]
async fn token_is_never_sent_without_tls() {
    let tls = Tls::new();
    let without_tls = Greeting {
        capabilities: CAPABILITIES - CapabilityFlags::CLIENT_SSL,
        ..greeting()
    };
    for (tls, greeting) in [(Some(&tls), &without_tls), (None, &greeting())] {
        let (error, sent) = after_greeting(&token_login(), tls, &greeting.encode()).await;
        assert_eq!(error.kind(), ErrorKind::Tls);
        assert!(error.to_string().ends_with("so no password was sent"));
        assert!(sent.is_empty());
    }
}

#[tokio::test]
async fn password_is_not_sent_where_tls_was_asked_for_and_not_offered() {
    let greeting = Greeting {
        capabilities: CAPABILITIES - CapabilityFlags::CLIENT_SSL,
        ..greeting()
    };
    let tls = Tls::new();
    let (error, sent) = after_greeting(&password_login(), Some(&tls), &greeting.encode()).await;
    assert_eq!(error.kind(), ErrorKind::Tls);
    assert!(sent.is_empty());
}

#[tokio::test]
async fn token_is_never_sent_to_a_server_that_is_not_verified() {
    let (server, other) = (Tls::new(), Tls::new());
    let login = token_login();
    let (error, answers) =
        refused(&login, Some(&server), Some(&other), &greeting(), &[vec![0]]).await;
    assert_eq!(error.kind(), ErrorKind::Tls);
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("invalid peer certificate"), "{cause}");
    assert!(answers.is_empty());
}

#[tokio::test]
async fn token_is_sent_with_no_other_plugin() {
    let tls = Tls::new();
    let switch = AuthSwitch::new(NATIVE_PASSWORD, b"abcdefghijklmnopqrst").encode();
    for packet in [switch, vec![1, 4]] {
        let tls = Some(&tls);
        let (error, answers) = refused(&token_login(), tls, tls, &greeting(), &[packet]).await;
        assert_ne!(error.kind(), ErrorKind::Closed, "{error}");
        assert!(answers.is_empty());
    }
}

#[tokio::test]
async fn password_is_not_sent_in_clear_text_without_tls() {
    let switch = AuthSwitch::new(CLEAR_PASSWORD, b"abcdefghijklmnopqrst").encode();
    let (error, answers) = refused(&password_login(), None, None, &greeting(), &[switch]).await;
    assert_eq!(error.kind(), ErrorKind::Tls);
    assert!(answers.is_empty());
}

#[tokio::test]
async fn unknown_plugin_is_named_on_one_short_line() {
    let name = [b"dialog\n\x1b", &[b'x'; 5000][..]].concat();
    let switch = [b"\xfe", &*name, b"\0"].concat();
    let (error, answers) = refused(&password_login(), None, None, &greeting(), &[switch]).await;
    assert_eq!(error.kind(), ErrorKind::Authentication);
    let message = error.to_string();
    assert!(message.contains("`dialog\\u{a}\\u{1b}xxx"), "{message}");
    assert!(message.len() < 700 && answers.is_empty());
}

#[tokio::test]
async fn servers_error_is_its_own() {
    let denied = ServerError::new(1045, *b"28000", "Access denied for user 'app'");
    let login = password_login();
    let (error, _) = refused(&login, None, None, &greeting(), &[denied.encode()]).await;
    assert_eq!(error.kind(), ErrorKind::Server);
    assert_eq!(error.server_error(), Some(&denied));
    let shown = "the server refused: error 1045 (28000): Access denied for user 'app'";
    assert_eq!(error.to_string(), shown);
}

#[tokio::test]
async fn endless_login_comes_to_an_end() {
    let switch = AuthSwitch::new(NATIVE_PASSWORD, b"abcdefghijklmnopqrst").encode();
    let packets = vec![switch; 100];
    let (error, answers) = refused(&password_login(), None, None, &greeting(), &packets).await;
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(answers.len() < 20);
}

#[tokio::test]
async fn useless_public_key_is_an_error() {
    for key in [&b"\x01no key"[..], b"\x01", b"", b"\x02"] {
        let packets = [vec![1, 4], key.to_vec()];
        let (error, answers) = refused(&password_login(), None, None, &greeting(), &packets).await;
        assert_eq!(error.kind(), ErrorKind::Protocol);
        assert_eq!(answers, [[2]]);
    }
}

#[tokio::test]
async fn server_that_is_no_mysql_is_told_from_one_that_is_too_old() {
    let too_old = Greeting {
        capabilities: CAPABILITIES - CapabilityFlags::CLIENT_PLUGIN_AUTH,
        ..greeting()
    };
    for (packet, expected) in [
        (b"SSH-2.0-OpenSSH_9.6".to_vec(), "check host and port"),
        (too_old.encode(), "too old"),
    ] {
        let (error, sent) = after_greeting(&password_login(), None, &packet).await;
        assert_eq!(error.kind(), ErrorKind::Protocol);
        assert!(error.to_string().contains(expected), "{error}");
        assert!(sent.is_empty());
    }
}

proptest! {
    #[test]
    fn any_bytes_end_in_an_error_or_a_session(
        start in prop::sample::select(vec![&[][..], &[0], &[1], &[0xfe], &[0xff]]),
        packets in vec(vec(any::<u8>(), 0..100), 1..5),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (client, mut server) = duplex(1 << 16);
            let mut bytes = frame(&greeting().encode());
            for (number, packet) in (2_u8..).zip(&packets) {
                let mut packet = frame(&[start, packet].concat());
                packet[3] = number;
                bytes.extend(packet);
            }
            server.write_all(&bytes).await.unwrap();
            server.shutdown().await.unwrap();
            let _ = connect(client, None, &password_login()).await;
        });
    }
}
