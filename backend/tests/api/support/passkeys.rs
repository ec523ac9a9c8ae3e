//! What a client does with the authenticator beside it.

use serde_json::{Value, json};

use super::authenticator::{Algorithm, Authenticator};
use super::{Answer, Client};

pub const PASSKEYS: &str = "/api/v1/auth/factors/passkeys";

/// Asks for options, which must be given, and returns them with their flow.
pub async fn options(client: &Client, path: &str, body: Value) -> (Value, Value) {
    let offer = client.post(path, body).await;
    assert_eq!(offer.status, 200, "{offer}");
    let offer = offer.json();
    (offer["flow"].clone(), offer["options"].clone())
}

/// Sends what a fresh authenticator makes for the client's account.
pub async fn add(client: &Client, authenticator: &mut Authenticator) -> Answer {
    let path = format!("{PASSKEYS}/options");
    let (flow, options) = options(client, &path, json!({})).await;
    let credential = authenticator.create(&options);
    let body = json!({"flow": flow, "credential": credential});
    client.post(PASSKEYS, body).await
}

/// Adds a passkey, and returns it with its authenticator.
pub async fn set_up(client: &Client) -> (Authenticator, Value) {
    let mut authenticator = Authenticator::new(Algorithm::Es256);
    let added = add(client, &mut authenticator).await;
    assert_eq!(added.status, 201, "{added}");
    (authenticator, added.json())
}

/// What the authenticator signs when the client asks for options there.
pub async fn sign(
    client: &Client,
    authenticator: &Authenticator,
    path: &str,
    body: Value,
) -> Value {
    let (flow, options) = options(client, path, body).await;
    json!({"flow": flow, "credential": authenticator.get(&options)})
}

/// Signs in with the passkey.
pub async fn sign_in(client: &Client, authenticator: &Authenticator) -> Answer {
    let signed = sign(
        client,
        authenticator,
        "/api/v1/auth/passkey/options",
        json!({}),
    )
    .await;
    client.post("/api/v1/auth/passkey", signed).await
}

/// What the authenticator signs for the sign-in that `waiting` answered.
pub async fn sign_second(
    client: &Client,
    authenticator: &Authenticator,
    waiting: &Answer,
) -> Value {
    let asked = json!({"flow": waiting.json()["flow"]});
    sign(client, authenticator, "/api/v1/auth/passkey/options", asked).await
}

/// Finishes the sign-in that `waiting` answered.
pub async fn finish(client: &Client, authenticator: &Authenticator, waiting: &Answer) -> Answer {
    let passkey = sign_second(client, authenticator, waiting).await;
    let body = json!({"flow": waiting.json()["flow"], "passkey": passkey});
    client.post("/api/v1/auth/second-factor", body).await
}

/// Steps the client's session up.
pub async fn step_up(client: &Client, authenticator: &Authenticator) -> Answer {
    let path = "/api/v1/auth/step-up";
    let signed = sign(client, authenticator, &format!("{path}/options"), json!({})).await;
    client.post(path, json!({"passkey": signed})).await
}
