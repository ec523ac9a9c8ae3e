//! QR codes as SVG.

use std::fmt::Write;

use qrcodegen::{QrCode, QrCodeEcc};

/// The blank modules around a code (ISO/IEC 18004).
const QUIET: i32 = 4;

/// Draws a text as one path, black on white whatever the page's colors. Empty for a text that is too long
/// for a code, about two kilobytes.
pub fn to_svg(text: &str) -> String {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Medium) else {
        return String::new();
    };
    let size = code.size() + 2 * QUIET;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let start = x;
            while code.get_module(x, y) {
                x += 1;
            }
            if x > start {
                let (left, top, width) = (start + QUIET, y + QUIET, x - start);
                // Writing to a string cannot fail.
                let _ = write!(path, "M{left} {top}h{width}v1h-{width}z");
            }
            x += 1;
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{size}v{size}h-{size}z\"/>\
         <path d=\"{path}\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_drawn_in_runs_with_a_quiet_zone() {
        let svg = to_svg("HELLO WORLD");
        assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 29 29\""));
        // The upper edge of the finder pattern at the upper left.
        assert!(svg.contains("<path d=\"M4 4h7v1h-7z"), "{svg}");
        assert_eq!(to_svg(&"a".repeat(3000)), "");
    }
}
