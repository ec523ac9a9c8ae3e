//! A client that is not behind our proxies cannot choose its address. Behind them, nothing that it
//! writes to the left of the first address that they did not write changes the result.
//!
//! An input is what the client wrote, then the `X-Forwarded-For` headers of proxies, one per line.

#![no_main]

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;
use latchkey::api::input::client_ip::ClientIp;
use libfuzzer_sys::fuzz_target;

const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

fuzz_target!(|bytes: &[u8]| {
    let trusted = ["10.0.0.0/8", "fd00::/8"].map(|text| text.parse().expect("a network"));
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    let all = headers(&lines);

    let stranger = IpAddr::from([203, 0, 113, 9]);
    assert_eq!(find(stranger, &all, &trusted), stranger);

    let proxy = IpAddr::from([10, 0, 0, 1]);
    let found = find(proxy, &headers(&lines[1..]), &trusted);
    assert_eq!(found, found.to_canonical());
    if !trusted.iter().any(|network| network.contains(&found)) {
        assert_eq!(found, find(proxy, &all, &trusted));
    }
});

fn find(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    ClientIp::find(Some(peer), headers, trusted).0
}

fn headers(lines: &[&[u8]]) -> HeaderMap {
    lines
        .iter()
        .filter_map(|line| HeaderValue::from_bytes(line).ok())
        .map(|value| (FORWARDED, value))
        .collect()
}
