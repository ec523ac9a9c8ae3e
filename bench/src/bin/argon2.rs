//! The reference for sign-in: Argon2id alone, with the service's default parameters, on all cores.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use argon2_rust::params::Memory;
use argon2_rust::{Algorithm, Argon2, Params, Version};

fn main() -> Result<(), argon2_rust::Error> {
    let seconds = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let duration = Duration::from_secs(seconds.unwrap_or(5));
    let params = Params::builder()
        .memory(Memory::kib(19_456))
        .passes(2)
        .lanes(1)
        .build()?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let encoded = argon2.hash_password(b"correct horse battery", b"0123456789abcdef")?;
    let count = AtomicU32::new(0);
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while began.elapsed() < duration {
                    let password = b"correct horse battery";
                    if Argon2::verify_password(&encoded, password, Algorithm::Argon2id).is_ok() {
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let rate = f64::from(count.load(Ordering::Relaxed)) / began.elapsed().as_secs_f64();
    println!("{rate:.1}");
    Ok(())
}
