//! A cursor is accepted only in its canonical form, and every cursor of the service is accepted.

#![no_main]

use latchkey::api::input::pages::Window;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|text: &str| {
    if let Some(id) = read(text) {
        assert_eq!(written(id), text);
    }
    if let Some(bytes) = text.as_bytes().first_chunk() {
        let id = i64::from_be_bytes(*bytes);
        assert_eq!(read(&written(id)), Some(id));
    }
});

fn read(cursor: &str) -> Option<i64> {
    Window::parse(None, Some(cursor)).ok()?.before
}

/// The cursor after a page that ends with that id.
fn written(id: i64) -> String {
    let window = Window::parse(Some(1), None).expect("a page of one is allowed");
    let page = serde_json::to_value(window.page(vec![id, id], |id| *id));
    let cursor = page.expect("numbers are JSON")["next_cursor"].take();
    match cursor {
        Value::String(text) => text,
        other => panic!("a full page with {other} for a cursor"),
    }
}
