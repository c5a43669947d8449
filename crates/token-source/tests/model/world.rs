//! A cache, its endpoint, its clock and its callers, taken through a schedule.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use token_source::{TokenCache, TokenStatus};
use tokio::{
    runtime::Builder,
    task::{JoinSet, yield_now},
    time::{Instant, sleep, timeout},
};

use crate::{
    caller::Caller,
    endpoint::{Behaviour, Endpoint},
    invariants::Invariants,
    schedule::{Event, Schedule},
    wall_clock::WallClock,
};

const RECOVERY: Duration = Duration::from_secs(5);
const RECOVERY_NOBODY_NOTICES: Duration = Duration::from_secs(60);

/// Returns what was found broken.
pub(crate) fn run(schedule: &Schedule) -> Vec<String> {
    fastrand::seed(schedule.seed);
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut world = World::new();
        for (pause, event) in &schedule.events {
            if pause.is_zero() {
                // In the same moment, and yet after something else.
                yield_now().await;
            } else {
                sleep(*pause).await;
            }
            world.meets(event);
        }
        world.recovers().await;
        world.ends().await
    })
}

struct World {
    clock: WallClock,
    behaviour: Arc<Mutex<Behaviour>>,
    invariants: Invariants,
    endpoint: Arc<Endpoint>,
    handles: Vec<TokenCache>,
    callers: JoinSet<()>,
    former_endpoints: Vec<Arc<Endpoint>>,
}

impl World {
    fn new() -> Self {
        let clock = WallClock::starting_now();
        let behaviour = Arc::new(Mutex::new(Behaviour::HEALTHY));
        let invariants = Invariants::default();
        let endpoint = Arc::new(Endpoint::new(
            clock.clone(),
            Arc::clone(&behaviour),
            invariants.clone(),
        ));
        Self {
            handles: vec![cache_over(&endpoint, &clock)],
            clock,
            behaviour,
            invariants,
            endpoint,
            callers: JoinSet::new(),
            former_endpoints: Vec::new(),
        }
    }

    fn meets(&mut self, event: &Event) {
        let behave = |change: &dyn Fn(&mut Behaviour)| change(&mut self.behaviour.lock().unwrap());
        match *event {
            Event::EndpointBecomes(mood) => behave(&|it| it.mood = mood),
            Event::EndpointAnswersAfter(latency) => behave(&|it| it.latency = latency),
            Event::TokensLiveFor(lifetime) => behave(&|it| it.lifetime = lifetime),
            Event::EndpointClockIsAheadBy(seconds) => behave(&|it| it.seconds_ahead = seconds),
            Event::WallClockJumps(seconds) => {
                for endpoint in self.former_endpoints.iter().chain([&self.endpoint]) {
                    endpoint.expect_a_jump();
                }
                self.clock.jumps(seconds);
            }
            Event::CallersArrive(callers) => {
                for _ in 0..callers {
                    self.callers.spawn(self.caller().asks());
                }
            }
            Event::CallerGivesUpAfter(patience) => {
                let asks = timeout(patience, self.caller().asks());
                self.callers.spawn(async { drop(asks.await) });
            }
            Event::ServersRefuseTheToken(servers) => {
                for _ in 0..servers {
                    self.callers.spawn(self.caller().logs_in_and_is_rejected());
                }
            }
            Event::HandleIsCloned => self.handles.push(self.handles[0].clone()),
            Event::HandleIsDropped => {
                self.handles.pop();
                if self.handles.is_empty() {
                    self.cache_is_replaced();
                }
            }
        }
    }

    fn cache_is_replaced(&mut self) {
        let endpoint = Arc::new(Endpoint::new(
            self.clock.clone(),
            Arc::clone(&self.behaviour),
            self.invariants.clone(),
        ));
        self.handles = vec![cache_over(&endpoint, &self.clock)];
        let former = std::mem::replace(&mut self.endpoint, endpoint);
        self.former_endpoints.push(former);
    }

    fn caller(&self) -> Caller {
        Caller {
            cache: self.handles[0].clone(),
            clock: self.clock.clone(),
            endpoint: Arc::clone(&self.endpoint),
            invariants: self.invariants.clone(),
        }
    }

    /// The endpoint is well from now on; callers go on asking until the cache is well too.
    async fn recovers(&self) {
        *self.behaviour.lock().unwrap() = Behaviour::HEALTHY;
        let recovered = Instant::now();
        // What was asked before may hang until its time limit.
        let is_older = |start| start <= recovered;
        while self.endpoint.under_way_since().is_some_and(is_older) {
            sleep(Duration::from_millis(10)).await;
        }
        let status = self.handles[0].status();
        let only_a_person_can_cure_it = status.last_error.is_some_and(|it| !it.is_retryable());
        let limit = if only_a_person_can_cure_it || status.token == Some(TokenStatus::Stale) {
            RECOVERY_NOBODY_NOTICES
        } else {
            RECOVERY
        };
        let within = limit + Behaviour::HEALTHY.latency;

        let waited_since = Instant::now();
        while self.handles[0].status().token != Some(TokenStatus::Fresh) {
            let waited = waited_since.elapsed();
            if waited > within {
                let broken = format!("the cache was not well again {waited:?} after its endpoint");
                return self.invariants.check(false, broken);
            }
            self.caller().asks().await;
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Callers go, then the handles: nothing may be left.
    async fn ends(mut self) -> Vec<String> {
        while let Some(caller) = self.callers.join_next().await {
            caller.unwrap();
        }
        self.handles.clear();
        sleep(Duration::from_millis(1)).await;
        for endpoint in self.former_endpoints.iter().chain([&self.endpoint]) {
            let is_let_go = Arc::strong_count(endpoint) == 1;
            self.invariants
                .check(is_let_go, "something outlives the last handle");
        }
        self.invariants.broken()
    }
}

fn cache_over(endpoint: &Arc<Endpoint>, clock: &WallClock) -> TokenCache {
    TokenCache::builder(Arc::clone(endpoint))
        .clock(clock.clone())
        .build()
}
