//! Every mail in every language.

use std::collections::HashMap;

use super::*;
use crate::features::mail::application::preview::one_of_each;
use crate::features::mail::domain::Circumstances;
use crate::features::proofs::domain::Secrets;

const CODE: &str = "01234567";
const TOKEN: &str = "Zq8-wR3nT6yU1iO9pA2sD5fG7hJ4kL0xCvB_aQzXsWe";

fn circumstances() -> Circumstances {
    Circumstances {
        at: "2026-11-25T19:05:00Z".parse().unwrap(),
        browser: Some("Firefox <b>".into()),
        system: Some("Linux".into()),
    }
}

/// One letter of each kind.
fn letters() -> Vec<Letter> {
    let secrets = Secrets {
        code: CODE.into(),
        link: TOKEN.into(),
    };
    let letters = one_of_each(&secrets, &circumstances());
    let kinds: Vec<_> = letters.iter().map(Letter::kind).collect();
    assert_eq!(kinds, Letter::KINDS);
    letters
}

fn config(changed: &[(&str, &str)]) -> Config {
    let settings = [
        ("PUBLIC_URL", "https://accounts.example.com"),
        ("SMTP_URL", "off"),
    ];
    let settings = settings.iter().chain(changed);
    let settings = settings.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let mut settings: HashMap<_, _> = settings.collect();
    for name in ["JWT_SECRET", "DATA_KEY"] {
        settings.insert(
            name.into(),
            "uM4tRk9-xQ7wZ2bL6vN0cE8yH3jS5pDfGaTi1oKq".into(),
        );
    }
    Config::from_variables(settings).unwrap()
}

/// Every mail, with its letter and language.
fn mails(config: &Config) -> Vec<(Letter, Locale, Written)> {
    let templates = Templates::load(None).unwrap();
    let each = letters().into_iter().flat_map(|letter| {
        Locale::ALL.map(|locale| {
            let written = write(&templates, config, &letter, locale).unwrap();
            (letter.clone(), locale, written)
        })
    });
    each.collect()
}

fn unescape(html: &str) -> String {
    let pairs = [
        ("&#x2f;", "/"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&#x27;", "'"),
        ("&quot;", "\""),
    ];
    let html = pairs
        .iter()
        .fold(html.to_owned(), |html, (from, to)| html.replace(from, to));
    html.replace("&amp;", "&")
}

/// What stands in an attribute, wherever it occurs.
fn attributes(html: &str, name: &str) -> Vec<String> {
    let start = format!("{name}=\"");
    let found = html.split(&start).skip(1);
    found
        .map(|rest| unescape(rest.split('"').next().unwrap()))
        .collect()
}

#[test]
fn text_and_html_carry_the_same_code_and_link_for_the_page_that_they_are_for() {
    for (letter, locale, written) in mails(&config(&[])) {
        let (kind, rendered) = (letter.kind(), &written.rendered);
        let html = unescape(&rendered.html);
        let page = match letter {
            Letter::SignUp(_) => "verify",
            Letter::Reset(_) => "reset",
            Letter::Invitation(_) => "invitation",
            Letter::ProveAddress(_) => "confirm-email",
            Letter::NewDevice(_)
            | Letter::PasswordChanged(_)
            | Letter::AddressChanged(_)
            | Letter::SecondFactorOn(_)
            | Letter::SecondFactorOff(_)
            | Letter::FactorAdded(_)
            | Letter::FactorRemoved(_)
            | Letter::PasswordRemoved(_)
            | Letter::PasskeyCopied(_)
            | Letter::RecoveryCodeUsed(_)
            | Letter::SecondFactorFailed(_) => "undo",
            Letter::AlreadyRegistered => "",
            Letter::EnrolmentCode(_) => {
                assert_eq!(written.code.as_deref(), Some("0123 4567"), "{kind}");
                assert_eq!(written.link, None, "{kind}");
                for form in [&rendered.text, &html] {
                    assert!(
                        form.contains("0123 4567") && !form.contains(TOKEN),
                        "{form}"
                    );
                }
                assert!(!html.contains("href="), "{kind}");
                continue;
            }
            Letter::AddressWanted
            | Letter::AddressReplaced
            | Letter::Deactivated(_)
            | Letter::FactorsReset(_) => {
                assert_eq!((&written.code, &written.link), (&None, &None), "{kind}");
                assert!(!html.contains("href="), "{kind}");
                continue;
            }
        };
        let token = if page.is_empty() {
            String::new()
        } else {
            format!("#{TOKEN}")
        };
        let link = format!("https://accounts.example.com/{page}{token}");
        assert_eq!(written.link.as_ref(), Some(&link), "{kind}");
        assert!(
            rendered.text.contains(&format!("\n{link}\n")),
            "{kind}: {}",
            rendered.text
        );
        assert_eq!(
            attributes(&rendered.html, "href"),
            std::slice::from_ref(&link),
            "{kind} {locale:?}"
        );
        assert!(
            html.contains(&format!(">{link}<"))
                || html.contains(&format!(">\n{link}<"))
                || html.contains(&link),
            "{kind}"
        );
        let has_code = !matches!(page, "" | "invitation");
        assert_eq!(written.code.is_some(), has_code, "{kind}");
        for form in [&rendered.text, &html] {
            assert_eq!(form.contains("0123 4567"), has_code, "{kind}: {form}");
        }
    }
}

#[test]
fn no_mail_lacks_a_word_and_none_is_in_the_other_language() {
    for (letter, locale, written) in mails(&config(&[])) {
        let (kind, rendered) = (letter.kind(), &written.rendered);
        let lines: Vec<_> = rendered.text.lines().collect();
        assert!(
            !rendered.subject.is_empty() && rendered.subject.len() < 80,
            "{kind}"
        );
        assert!(
            rendered
                .html
                .contains(&format!("<html lang=\"{}\">", locale.as_str()))
        );
        assert!(
            !rendered.html.contains("\"></h1>") && !rendered.html.contains("\"></p>"),
            "{kind}: {}",
            rendered.html
        );
        assert!(
            !rendered.html.contains("\"></a>") && !rendered.html.contains(">: "),
            "{kind}"
        );
        assert!(
            !lines.windows(3).any(|three| three == ["", "", ""]),
            "{kind}: {}",
            rendered.text
        );
        let english = [" you ", " your ", " the "]
            .iter()
            .any(|word| rendered.text.contains(word));
        assert_eq!(
            english,
            locale == Locale::En,
            "{kind} {locale:?}: {}",
            rendered.text
        );
        assert!(!rendered.subject.contains(CODE), "{kind}");
    }
}

#[test]
fn hostile_values_are_text_and_nothing_remote_is_loaded() {
    let name = "<script>alert(1)</script>\"'&{{ code }}";
    let config = config(&[
        ("BRAND_NAME", name),
        ("BRAND_LOGO_URL", "https://cdn.example.com/logo.png"),
        (
            "SUPPORT_URL",
            "mailto:help@example.com?subject=\"><img src=x>",
        ),
        ("TERMS_URL", "https://example.com/terms?a=1&b=\"><script>"),
        ("PRIVACY_URL", "https://example.com/privacy"),
    ]);
    for (letter, locale, written) in mails(&config) {
        let (kind, html) = (letter.kind(), &written.rendered.html);
        for forbidden in [
            "<script",
            "<img",
            "<link",
            "<iframe",
            "<form",
            "<b>",
            "url(",
            "@import",
            " src=",
            " on",
            "background=",
            "cdn.example.com",
        ] {
            let is_there = html.contains(forbidden);
            // " on" begins words of the text, too: only attributes of tags count.
            let is_word = forbidden == " on"
                && !html.split('<').any(|tag| {
                    tag.split('>')
                        .next()
                        .unwrap()
                        .split(' ')
                        .any(|part| part.starts_with("on") && part.contains('='))
                });
            assert!(
                !is_there || is_word,
                "{kind} {locale:?}: {forbidden} in {html}"
            );
        }
        assert!(
            written.rendered.text.contains(name),
            "{kind}: {}",
            written.rendered.text
        );
        let own = "https://accounts.example.com/";
        let known = [own, "mailto:help@example.com", "https://example.com/"];
        for link in attributes(html, "href") {
            assert!(
                known.iter().any(|start| link.starts_with(start)),
                "{kind}: {link}"
            );
        }
        assert!(!written.rendered.subject.contains('\n'), "{kind}");
    }
}

#[test]
fn a_notice_says_when_and_where_or_that_it_is_not_known() {
    let config = config(&[]);
    let templates = Templates::load(None).unwrap();
    let text = |browser: Option<&str>, system: Option<&str>, locale| {
        let letter = Letter::Deactivated(Circumstances {
            browser: browser.map(Into::into),
            system: system.map(Into::into),
            ..circumstances()
        });
        write(&templates, &config, &letter, locale)
            .unwrap()
            .rendered
            .text
    };
    let known = text(Some("Firefox"), Some("Linux"), Locale::En);
    assert!(
        known.contains("\nWhen: 25 November 2026, 19:05 UTC\nDevice: Firefox, Linux\n"),
        "{known}"
    );
    let unknown = text(None, None, Locale::De);
    let expected = "\nZeitpunkt: 25. November 2026, 19:05 Uhr (UTC)\nGerät: unbekannter Browser\n";
    assert!(unknown.contains(expected), "{unknown}");
    assert!(text(None, Some("iOS"), Locale::En).contains("\nDevice: iOS\n"));
}

#[test]
fn text_on_the_button_is_readable_whatever_its_color() {
    for (color, expected) in [
        ("#2457c5", "#ffffff"),
        ("#000000", "#ffffff"),
        ("#ffffff", "#000000"),
        ("#ffdd00", "#000000"),
        ("#767676", "#000000"),
    ] {
        assert_eq!(on(color), expected, "{color}");
    }
}

#[test]
fn a_mail_that_is_sent_again_is_the_same_mail() {
    let id = Uuid::from_u128(7);
    let expected = "<00000000-0000-0000-0000-000000000007@accounts.example.com>";
    assert_eq!(message_id(&config(&[]), id), expected);
}
