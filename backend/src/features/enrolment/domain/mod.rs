//! What is shown to set a factor up.

mod qr;

pub use qr::to_svg;
