//! Random schedules of everything that can happen to a cache. Whatever they are:
//!
//! - no caller gets an expired token,
//! - no two fetches run at once, and none starts within 100 ms of a failed one,
//! - no caller gets an error while the cache holds a valid token,
//! - no caller waits longer than a fetch may take,
//! - once the endpoint is well again, so is the cache: within 5 s, or within 60 s while it holds a
//!   valid token or if only a person can correct the error,
//! - nothing is left running once the last handle is gone.
//!
//! `PROPTEST_RNG_SEED` and `PROPTEST_CASES` try other schedules and more of them.

mod caller;
mod endpoint;
mod invariants;
mod schedule;
#[path = "../wall_clock/mod.rs"]
mod wall_clock;
mod world;

use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

/// As few as a change to the cache has to pass each time.
const SCHEDULES: u32 = 1_000;

#[test]
fn promises_hold_for_random_schedules() {
    let mut config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(0);
    }
    config.cases = config.cases.max(SCHEDULES);

    let result = TestRunner::new(config).run(&schedule::schedules(), |schedule| {
        let broken = world::run(&schedule);
        if broken.is_empty() {
            Ok(())
        } else {
            Err(TestCaseError::fail(broken.join("; ")))
        }
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
