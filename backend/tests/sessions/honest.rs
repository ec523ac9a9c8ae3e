//! An honest client: it uses the newest tokens that it received, and retries.

use latchkey::clock::Clock;
use latchkey::features::sessions::application::confirm;
use proptest::prelude::*;
use tokio::task::JoinSet;

use crate::instance::Instance;
use crate::model::{SETTINGS, TICK};
use crate::operations;
use crate::random::tokens;
use crate::support::{Answer, Client, Database, PASSWORD};

#[derive(Clone, Debug)]
enum Step {
    /// Several tabs or threads refresh at once, one per entry; the response to each arrives or is
    /// lost.
    Refresh {
        has_arrived: Vec<bool>,
    },
    Use {
        via: usize,
    },
    Confirm {
        via: usize,
    },
    /// Seven days are 5,040 ticks, which a run of steps cannot reach.
    Wait {
        ticks: i64,
    },
    Restart {
        via: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let via = 0..2_usize;
    let ticks =
        prop_oneof![4 => Just(1_i64), 3 => Just(3_i64), 1 => Just(8_i64), 1 => Just(100_i64)];
    prop_oneof![
        8 => prop::collection::vec(any::<bool>(), 1..6)
            .prop_map(|has_arrived| Step::Refresh { has_arrived }),
        5 => via.clone().prop_map(|via| Step::Use { via }),
        4 => via.clone().prop_map(|via| Step::Confirm { via }),
        4 => ticks.prop_map(|ticks| Step::Wait { ticks }),
        1 => via.prop_map(|via| Step::Restart { via }),
    ]
}

/// The pair of tokens of the client.
struct Held {
    refresh: String,
    access: String,
}

impl Held {
    fn of(answer: &Answer) -> Self {
        let (refresh, access) = tokens(answer);
        Self { refresh, access }
    }

    async fn refresh(&mut self, has_arrived: Vec<bool>, clients: [Client; 2]) {
        let mut under_way = JoinSet::new();
        for (turn, has_arrived) in has_arrived.into_iter().enumerate() {
            let client = clients[turn % 2].copy();
            let body = serde_json::json!({ "refresh_token": self.refresh });
            under_way.spawn(async move {
                (client.post("/api/v1/auth/refresh", body).await, has_arrived)
            });
        }
        let mut successor = None;
        for (answer, has_arrived) in under_way.join_all().await {
            assert_eq!(
                answer.status, 200,
                "an honest client was signed out: {answer}"
            );
            let given = Held::of(&answer);
            let successor = successor.get_or_insert_with(|| given.refresh.clone());
            assert_eq!(*successor, given.refresh, "the session forked");
            if has_arrived {
                *self = given;
            }
        }
    }
}

proptest! {
    #![proptest_config(operations::settings())]

    /// Whichever responses are lost, however many tabs refresh at once, however long it waits and
    /// whichever instance dies: a client that retries with its newest token is never signed out.
    #[test]
    fn an_honest_client_that_retries_is_never_signed_out(
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let mut database = Database::lease();
            let (url, clock) = (database.url(), Clock::default());
            let mut instances = [
                Instance::start(&url, &clock, &SETTINGS).await,
                Instance::start(&url, &clock, &SETTINGS).await,
            ];
            let app = instances[0].client();
            assert_eq!(app.register("ada@example.com", PASSWORD).await.status, 201);
            let mut held = Held::of(&app.log_in("ada@example.com", PASSWORD).await);
            for step in steps {
                match step {
                    Step::Refresh { has_arrived } => {
                        let clients = [instances[0].client(), instances[1].client()];
                        held.refresh(has_arrived, clients).await;
                    }
                    Step::Use { via } => {
                        let answer = instances[via].use_access(&held.access).await;
                        let code = answer.code();
                        assert!(["", "access_token_expired"].contains(&code.as_str()), "{answer}");
                    }
                    Step::Confirm { via } => confirm(&instances[via].app).await.unwrap(),
                    Step::Wait { ticks } => {
                        clock.advance(chrono::TimeDelta::seconds(ticks * TICK));
                    }
                    Step::Restart { via } => {
                        instances[via] = Instance::start(&url, &clock, &SETTINGS).await;
                    }
                }
            }
        });
    }
}
