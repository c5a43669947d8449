//! A token's secret is overwritten in memory when its last handle is dropped. What lies where it was
//! is read from the process's own memory as from a file.
#![cfg(target_os = "linux")]

use std::{
    fs::File,
    os::unix::fs::FileExt,
    time::{Duration, SystemTime},
};

use token_source::{Token, TokenCache, TokenSource};

/// As long as the token of a managed identity.
const LENGTH: usize = 1_700;

/// An allocator may keep its own notes at the start and the end of what it was given back.
const NOTES: usize = 64;

const MIDDLE: usize = LENGTH - 2 * NOTES;

/// The middle of what lies at this address now. It allocates nothing: that could land there.
fn memory_at(address: usize) -> [u8; MIDDLE] {
    let mut bytes = [0; MIDDLE];
    let start = u64::try_from(address + NOTES).unwrap();
    let memory = File::open("/proc/self/mem").unwrap();
    memory.read_exact_at(&mut bytes, start).unwrap();
    bytes
}

fn address_of(text: &str) -> usize {
    text.as_ptr().addr()
}

fn is_secret(bytes: &[u8; MIDDLE]) -> bool {
    bytes.iter().all(|&byte| byte == b's')
}

/// Gives out tokens for an hour.
struct Endpoint;

#[async_trait::async_trait]
impl TokenSource for Endpoint {
    async fn fetch(&self) -> Result<Token, token_source::Error> {
        Ok(an_hour_of("s".repeat(LENGTH)))
    }
}

fn an_hour_of(secret: String) -> Token {
    Token::new(secret, SystemTime::now() + Duration::from_secs(3_600))
}

#[test]
fn secret_is_overwritten_with_the_last_handle() {
    let token = an_hour_of("s".repeat(LENGTH));
    let address = address_of(token.secret());
    let other = token.clone();
    drop(token);
    assert!(is_secret(&memory_at(address)), "a handle is left");
    drop(other);
    assert_eq!(memory_at(address), [0; MIDDLE]);
}

#[tokio::test]
async fn dropped_cache_leaves_no_secret() {
    let cache = TokenCache::new(Endpoint);
    let address = address_of(cache.token().await.unwrap().secret());
    assert!(is_secret(&memory_at(address)), "the cache has it");
    drop(cache);
    // The refresh task, which holds the cache for moments, ends by itself.
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    assert!(!memory_at(address).contains(&b's'), "it is still there");
}

/// What the others would find if nothing were overwritten.
#[test]
fn ordinary_text_stays_in_memory() {
    let text = "s".repeat(LENGTH);
    let address = address_of(&text);
    drop(text);
    assert!(is_secret(&memory_at(address)));
}
