//! The operations on sessions that the property tests generate.

use proptest::prelude::*;
use proptest::sample::Index;

/// One operation; `via` is the instance that performs it.
#[derive(Clone, Debug)]
pub enum Operation {
    SignIn {
        via: usize,
    },
    /// Presents a refresh token, `times` at once, alternating between both instances. Lost
    /// responses need no operation: whether a client has a token matters only when it uses it.
    Refresh {
        session: Index,
        age: usize,
        times: usize,
        via: usize,
    },
    /// Uses an access token.
    Use {
        session: Index,
        age: usize,
        via: usize,
    },
    /// Writes the sightings of an instance.
    Confirm {
        via: usize,
    },
    Wait {
        ticks: i64,
    },
    SignOut {
        session: Index,
        age: usize,
        via: usize,
    },
    /// Ends all sessions of the account.
    EndAll {
        via: usize,
    },
    /// The instance dies, and another starts in its place.
    Restart {
        via: usize,
    },
}

/// How many generations back a token is: mostly none or one.
fn age() -> impl Strategy<Value = usize> {
    prop_oneof![6 => Just(0_usize), 5 => Just(1_usize), 1 => 2..6_usize]
}

fn ticks() -> impl Strategy<Value = i64> {
    // Within the grace period, after it, after an access token, days, after a refresh token.
    prop_oneof![6 => Just(1_i64), 4 => Just(3_i64), 2 => Just(8_i64), 1 => Just(2880_i64), 1 => Just(5041_i64)]
}

pub fn operation() -> impl Strategy<Value = Operation> {
    let via = 0..2_usize;
    let session = any::<Index>;
    let times = prop_oneof![6 => Just(1_usize), 1 => 2..8_usize];
    prop_oneof![
        3 => via.clone().prop_map(|via| Operation::SignIn { via }),
        18 => (session(), age(), times, via.clone()).prop_map(|(session, age, times, via)| {
            Operation::Refresh { session, age, times, via }
        }),
        8 => (session(), age(), via.clone())
            .prop_map(|(session, age, via)| Operation::Use { session, age, via }),
        6 => via.clone().prop_map(|via| Operation::Confirm { via }),
        8 => ticks().prop_map(|ticks| Operation::Wait { ticks }),
        1 => (session(), age(), via.clone())
            .prop_map(|(session, age, via)| Operation::SignOut { session, age, via }),
        1 => via.clone().prop_map(|via| Operation::EndAll { via }),
        2 => via.prop_map(|via| Operation::Restart { via }),
    ]
}

/// The number of cases: few by default, more on request.
pub fn settings() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok();
    ProptestConfig {
        cases: cases.and_then(|text| text.parse().ok()).unwrap_or(48),
        max_shrink_iters: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}
