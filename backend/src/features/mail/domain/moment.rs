//! A time in words.

use chrono::{DateTime, Datelike, Timelike, Utc};

use super::Locale;

const ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const GERMAN: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

/// Returns a time as `25 November 2026, 19:05 UTC`.
pub fn in_words(at: DateTime<Utc>, locale: Locale) -> String {
    let (day, year, month) = (at.day(), at.year(), at.month0() as usize);
    let (hour, minute) = (at.hour(), at.minute());
    match locale {
        Locale::En => {
            let month = ENGLISH.get(month).copied().unwrap_or_default();
            format!("{day} {month} {year}, {hour:02}:{minute:02} UTC")
        }
        Locale::De => {
            let month = GERMAN.get(month).copied().unwrap_or_default();
            format!("{day}. {month} {year}, {hour:02}:{minute:02} Uhr (UTC)")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_the_readers_language() {
        let at = "2026-03-05T09:07:59Z".parse().unwrap();
        assert_eq!(in_words(at, Locale::En), "5 March 2026, 09:07 UTC");
        assert_eq!(in_words(at, Locale::De), "5. März 2026, 09:07 Uhr (UTC)");
    }
}
