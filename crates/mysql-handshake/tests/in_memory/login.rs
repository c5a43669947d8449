//! Client and server log in to each other, with each plugin.

use crate::common::{CAPABILITIES, Tls, greeting};
use aws_lc_rs::{
    encoding::{AsDer as _, PublicKeyX509Der},
    rsa::{KeySize, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, PrivateDecryptingKey},
};
use mysql_handshake::{
    AuthSwitch, CACHING_SHA2_PASSWORD, CLEAR_PASSWORD, CapabilityFlags, Credential, Error,
    Greeting, HandshakeResponse, Login, NATIVE_PASSWORD, PacketStream, Session, StatusFlags,
    connect, encode_ok, greet, receive_response, request_password, switch, verify,
};
use tokio::io::{DuplexStream, duplex};

const PASSWORD: &str = "it's a secret";
const TOKEN: &str = "eyJ.a.token";

fn password_login(password: &str) -> Login {
    Login::new("app", Credential::Password(password.into()))
}

fn token_login() -> Login {
    Login::new("app", Credential::ClearPassword(TOKEN.into()))
}

/// Plays a server up to the client's response, leaves the rest to `decide`, and says OK. Gives back
/// what the client got, and what it said first.
async fn log_in(
    login: &Login,
    greeting: &Greeting,
    tls: Option<&Tls>,
    decide: impl AsyncFnOnce(&mut PacketStream<DuplexStream>, &HandshakeResponse),
) -> (Result<Session, Error>, HandshakeResponse) {
    let (client, server) = duplex(4096);
    let mut server = PacketStream::new(server);
    let serve = async {
        greet(&mut server, greeting).await.unwrap();
        let config = tls.map(|tls| tls.server.clone());
        let response = receive_response(&mut server, config).await.unwrap();
        decide(&mut server, &response).await;
        let ok = encode_ok(StatusFlags::SERVER_STATUS_AUTOCOMMIT);
        server.send(&ok).await.unwrap();
        response
    };
    let client = connect(client, tls.map(Tls::client), login);
    let (connected, response) = tokio::join!(client, serve);
    (connected.map(|(_, session)| session), response)
}

#[tokio::test]
async fn password_is_proven_with_the_plugin_greeted_with() {
    let tls = Tls::new();
    for plugin in [NATIVE_PASSWORD, CACHING_SHA2_PASSWORD] {
        for password in [PASSWORD, ""] {
            for tls in [None, Some(&tls)] {
                let greeting = Greeting {
                    auth_plugin: plugin.to_vec(),
                    ..greeting()
                };
                let login = password_login(password);
                let (session, response) = log_in(&login, &greeting, tls, async |_, _| {}).await;
                assert_eq!(session.unwrap().greeting, greeting);
                assert_eq!(response.auth_plugin.as_deref(), Some(plugin));
                let (nonce, answer) = (&greeting.nonce, &response.auth_response);
                assert!(verify(plugin, password.as_bytes(), nonce, answer));
            }
        }
    }
}

#[tokio::test]
async fn password_is_proven_with_the_plugin_switched_to() {
    let tls = Tls::new();
    let nonce = mysql_handshake::nonce();
    for plugin in [NATIVE_PASSWORD, CACHING_SHA2_PASSWORD] {
        for greeted in [NATIVE_PASSWORD, CACHING_SHA2_PASSWORD, b"unknown", b""] {
            for tls in [None, Some(&tls)] {
                let greeting = Greeting {
                    auth_plugin: greeted.to_vec(),
                    ..greeting()
                };
                let decide = async |server: &mut PacketStream<_>, _: &HandshakeResponse| {
                    let request = AuthSwitch::new(plugin, &nonce);
                    let answer = switch(server, &request).await.unwrap();
                    assert!(verify(plugin, PASSWORD.as_bytes(), &nonce, &answer));
                };
                let login = password_login(PASSWORD);
                log_in(&login, &greeting, tls, decide).await.0.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn account_with_several_plugins_is_asked_for_each() {
    let nonce = mysql_handshake::nonce();
    let decide = async |server: &mut PacketStream<_>, _: &HandshakeResponse| {
        for plugin in [CACHING_SHA2_PASSWORD, NATIVE_PASSWORD] {
            let request = AuthSwitch::new(plugin, &nonce);
            let answer = switch(server, &request).await.unwrap();
            assert!(verify(plugin, PASSWORD.as_bytes(), &nonce, &answer));
        }
    };
    let login = password_login(PASSWORD);
    log_in(&login, &greeting(), None, decide).await.0.unwrap();
}

#[tokio::test]
async fn cached_password_is_not_asked_for() {
    let decide = async |server: &mut PacketStream<_>, _: &HandshakeResponse| {
        server.send(&[1, 3]).await.unwrap();
    };
    let login = password_login(PASSWORD);
    log_in(&login, &greeting(), None, decide).await.0.unwrap();
}

#[tokio::test]
async fn password_that_is_not_cached_is_sent_over_tls() {
    let decide = async |server: &mut PacketStream<_>, _: &HandshakeResponse| {
        let password = request_password(server).await.unwrap();
        assert_eq!(&**password, PASSWORD.as_bytes());
    };
    let login = password_login(PASSWORD);
    let tls = Tls::new();
    log_in(&login, &greeting(), Some(&tls), decide)
        .await
        .0
        .unwrap();
}

#[tokio::test]
async fn password_is_sent_as_it_is_over_a_unix_socket() {
    let decide = async |server: &mut PacketStream<_>, _: &HandshakeResponse| {
        server.send(&[1, 4]).await.unwrap();
        let password = server.read().await.unwrap();
        assert_eq!(password, format!("{PASSWORD}\0").as_bytes());
    };
    let login = Login {
        unix_socket: true,
        ..password_login(PASSWORD)
    };
    log_in(&login, &greeting(), None, decide).await.0.unwrap();
}

#[tokio::test]
async fn password_is_encrypted_with_the_servers_key_without_tls() {
    let key = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
    let public: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
    let pem = public_key_pem(public.as_ref());
    let key = OaepPrivateDecryptingKey::new(key).unwrap();
    let greeting = greeting();
    let decide = async |server: &mut PacketStream<_>, _: &HandshakeResponse| {
        server.send(&[1, 4]).await.unwrap();
        assert_eq!(server.read().await.unwrap(), [2]);
        server.send(&[&[1], pem.as_bytes()].concat()).await.unwrap();
        let encrypted = server.read().await.unwrap();
        let mut plain = vec![0; key.min_output_size()];
        let plain = key
            .decrypt(&OAEP_SHA1_MGF1SHA1, &encrypted, &mut plain, None)
            .unwrap();
        let nonce = greeting.nonce.iter().cycle();
        let password: Vec<u8> = plain.iter().zip(nonce).map(|(a, b)| a ^ b).collect();
        assert_eq!(password, format!("{PASSWORD}\0").as_bytes());
    };
    let login = password_login(PASSWORD);
    log_in(&login, &greeting, None, decide).await.0.unwrap();
}

/// A public key as a MySQL server sends it.
fn public_key_pem(der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(str::from_utf8).collect();
    let lines: Vec<_> = lines.into_iter().map(Result::unwrap).collect();
    format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        lines.join("\n")
    )
}

#[tokio::test]
async fn token_is_in_the_first_response() {
    let tls = Tls::new();
    let (session, response) =
        log_in(&token_login(), &greeting(), Some(&tls), async |_, _| {}).await;
    session.unwrap();
    assert_eq!(response.auth_plugin.as_deref(), Some(CLEAR_PASSWORD));
    assert_eq!(**response.auth_response, *format!("{TOKEN}\0").as_bytes());
}

#[tokio::test]
async fn token_is_sent_again_to_a_server_that_switches() {
    let tls = Tls::new();
    for packet in [
        &b"\xfemysql_clear_password\0"[..],
        b"\xfemysql_clear_password",
        b"\xfemysql_clear_password\0abcdefghijklmnopqrst\0",
    ] {
        let decide = async |server: &mut PacketStream<_>, _: &HandshakeResponse| {
            server.send(packet).await.unwrap();
            let answer = server.read().await.unwrap();
            assert_eq!(answer, format!("{TOKEN}\0").as_bytes());
        };
        let (session, _) = log_in(&token_login(), &greeting(), Some(&tls), decide).await;
        session.unwrap();
    }
}

#[tokio::test]
async fn longest_token_fits() {
    let tls = Tls::new();
    let token = "a".repeat(65_535);
    let login = Login {
        attributes: Some(vec![b'b'; 65_536]),
        ..Login::new("app", Credential::ClearPassword(token.as_str().into()))
    };
    let (session, response) = log_in(&login, &greeting(), Some(&tls), async |_, _| {}).await;
    session.unwrap();
    assert_eq!(response.auth_response.len(), 65_536);
    assert_eq!(response.attributes, login.attributes);
}

#[tokio::test]
async fn only_what_both_sides_can_do_is_in_force() {
    let login = Login {
        database: Some("orders".to_owned()),
        attributes: Some(b"\x01a\x01b".to_vec()),
        capabilities: CapabilityFlags::CLIENT_COMPRESS
            | CapabilityFlags::CLIENT_SSL
            | CapabilityFlags::CLIENT_MULTI_RESULTS
            | CapabilityFlags::CLIENT_FOUND_ROWS,
        collation: 33,
        max_packet_size: 1 << 20,
        ..password_login(PASSWORD)
    };
    let greeting = Greeting {
        capabilities: CAPABILITIES
            | CapabilityFlags::CLIENT_COMPRESS
            | CapabilityFlags::CLIENT_FOUND_ROWS,
        ..greeting()
    };
    let (session, response) = log_in(&login, &greeting, None, async |_, _| {}).await;
    let capabilities = session.unwrap().capabilities;
    assert_eq!(response.capabilities, capabilities);
    assert!(capabilities.contains(CapabilityFlags::CLIENT_FOUND_ROWS));
    assert!(!capabilities.intersects(
        CapabilityFlags::CLIENT_COMPRESS
            | CapabilityFlags::CLIENT_SSL
            | CapabilityFlags::CLIENT_MULTI_RESULTS
    ));
    assert_eq!(response.database.as_deref(), Some(&b"orders"[..]));
    assert_eq!(response.attributes, login.attributes);
    assert_eq!(
        (response.collation, response.max_packet_size),
        (33, 1 << 20)
    );
}

#[test]
fn login_does_not_show_its_secret() {
    for login in [password_login(PASSWORD), token_login()] {
        let shown = format!("{login:?}");
        assert!(
            !shown.contains(PASSWORD) && !shown.contains(TOKEN),
            "{shown}"
        );
    }
}
