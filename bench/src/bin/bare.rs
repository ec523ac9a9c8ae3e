//! The reference for `/health/live`: one axum handler with the same body, without layers.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:8099".into());
    let headers = [(CONTENT_TYPE, "application/json")];
    let live = move || async move { (headers, r#"{"status":"ok"}"#) };
    let router = Router::new().route("/health/live", get(live));
    axum::serve(TcpListener::bind(address).await?, router).await
}
