//! The current token, read by many threads at once.

use std::{
    cell::Cell,
    num::NonZero,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use arc_swap::ArcSwapOption;

use crate::{Token, token::TokenHandle};

/// More readers at once than this share their slots, which costs them some nanoseconds. A power of
/// two, so that no division is needed to find one.
const MOST_SLOTS: usize = 16;

/// One handle to the token for each core. A read counts up the handle's references, and cores that
/// counted in one place would wait for each other.
pub(super) struct Current {
    slots: Box<[Slot]>,
}

/// Aligned so that no two slots lie in one pair of cache lines.
#[repr(align(128))]
#[derive(Default)]
struct Slot(ArcSwapOption<TokenHandle>);

impl Current {
    pub(super) fn empty() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let slots = cores.next_power_of_two().min(MOST_SLOTS);
        Self {
            slots: (0..slots).map(|_| Slot::default()).collect(),
        }
    }

    pub(super) fn get(&self) -> Option<Token> {
        let slot = &self.slots[this_thread() & (self.slots.len() - 1)];
        slot.0.load_full().map(Token::from_handle)
    }

    pub(super) fn set(&self, token: &Token) {
        for slot in &self.slots {
            slot.0.store(Some(token.another_handle()));
        }
    }
}

/// A small number, another one for each thread.
fn this_thread() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: Cell<Option<usize>> = const { Cell::new(None) };
    }
    NUMBER.with(|number| {
        number.get().unwrap_or_else(|| {
            let next = NEXT.fetch_add(1, Ordering::Relaxed);
            number.set(Some(next));
            next
        })
    })
}
