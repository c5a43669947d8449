//! A token that the server refused is replaced, once, and only if there is another one.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use token_source_mysql_async::{
    Connector, ErrorKind,
    token_source::{Error, Token, TokenCache, TokenSource},
};

use crate::Stage;

/// Gives out these tokens one after the other, and the last one again and again.
struct OneAfterTheOther {
    tokens: Mutex<Vec<String>>,
    fetches: Arc<AtomicUsize>,
}

#[async_trait::async_trait]
impl TokenSource for OneAfterTheOther {
    async fn fetch(&self) -> Result<Token, Error> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        let mut tokens = self.tokens.lock().unwrap();
        let token = if tokens.len() > 1 {
            tokens.remove(0)
        } else {
            tokens[0].clone()
        };
        Ok(Token::new(
            token,
            SystemTime::now() + Duration::from_secs(3600),
        ))
    }
}

fn connector(stage: &Stage, tokens: &[&String]) -> (Connector, Arc<AtomicUsize>) {
    let fetches = Arc::new(AtomicUsize::new(0));
    let source = OneAfterTheOther {
        tokens: Mutex::new(tokens.iter().map(|&token| token.clone()).collect()),
        fetches: Arc::clone(&fetches),
    };
    let settings = stage.sandbox.settings(&stage.principal);
    let connector = Connector::with_tokens(&settings, TokenCache::new(source));
    (connector, fetches)
}

fn good_and_bad(stage: &Stage) -> (String, String) {
    let token = || stage.emulator().token(&stage.principal);
    (token().build(), token().signed_by_another_key().build())
}

#[tokio::test]
async fn with_another_token_it_succeeds() {
    let stage = Stage::new().await;
    let (good, bad) = good_and_bad(&stage);
    let (connector, fetches) = connector(&stage, &[&bad, &good]);
    connector.connect().await.unwrap();
    assert_eq!(stage.tokens_received(), 2);
    assert_eq!(fetches.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn with_two_refused_tokens_in_a_row_it_is_given_up() {
    let stage = Stage::new().await;
    let (good, bad) = good_and_bad(&stage);
    let (_, worse) = good_and_bad(&stage);
    let (connector, _) = connector(&stage, &[&bad, &worse, &good]);
    let error = connector.connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LoginRefused, "{error}");
    assert_eq!(stage.tokens_received(), 2);
}

#[tokio::test]
async fn with_the_same_token_again_it_is_not_tried_again() {
    let stage = Stage::new().await;
    let (_, bad) = good_and_bad(&stage);
    let (connector, fetches) = connector(&stage, &[&bad]);
    let error = connector.connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LoginRefused, "{error}");
    assert_eq!(stage.tokens_received(), 1, "the server saw it once");
    assert_eq!(
        fetches.load(Ordering::SeqCst),
        2,
        "another one was asked for"
    );
}
