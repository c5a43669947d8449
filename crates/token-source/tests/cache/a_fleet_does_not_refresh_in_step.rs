//! Processes that were started together do not refresh together.

use std::collections::BTreeSet;

use crate::endpoint::{Endpoint, HOUR};

#[tokio::test(start_paused = true)]
async fn a_thousand_caches_spread_their_refreshes_over_a_tenth_of_the_lifetime() {
    let endpoint = Endpoint::new(HOUR);
    let mut tenths = BTreeSet::new();
    for _ in 0..1000 {
        let token = endpoint.cache().token().await.unwrap();
        let after_refresh = token
            .expires_on()
            .duration_since(token.refresh_on().unwrap())
            .unwrap();
        // From 50 to 60 % of the life are left when the refresh is due.
        let share = after_refresh.as_secs_f64() / HOUR.as_secs_f64();
        assert!((0.499..=0.601).contains(&share), "{share}");
        #[expect(clippy::cast_possible_truncation, reason = "a number from 0 to 10")]
        tenths.insert(((share - 0.5) * 100.0) as i32);
    }
    assert!(
        tenths.len() >= 10,
        "only some of the tenths are used: {tenths:?}"
    );
}
