//! The templates of mails: those in the binary, and those of a folder that replace them.
//!
//! A mail is one template per language, rendered twice: inside `layout.html` with escaping, and inside
//! `layout.txt`. So text and HTML always say the same.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use minijinja::value::Serde;
use minijinja::{Environment, Error, UndefinedBehavior, Value};
use serde::Serialize;

use crate::config::Brand;

/// Every template in the binary.
const BUILT_IN: [(&str, &str); 48] = [
    ("layout.html", include_str!("../templates/layout.html")),
    ("layout.txt", include_str!("../templates/layout.txt")),
    ("en/mail.jinja", include_str!("../templates/en/mail.jinja")),
    (
        "en/sign_up.jinja",
        include_str!("../templates/en/sign_up.jinja"),
    ),
    (
        "en/already_registered.jinja",
        include_str!("../templates/en/already_registered.jinja"),
    ),
    (
        "en/reset.jinja",
        include_str!("../templates/en/reset.jinja"),
    ),
    (
        "en/invitation.jinja",
        include_str!("../templates/en/invitation.jinja"),
    ),
    (
        "en/prove_address.jinja",
        include_str!("../templates/en/prove_address.jinja"),
    ),
    (
        "en/enrolment_code.jinja",
        include_str!("../templates/en/enrolment_code.jinja"),
    ),
    (
        "en/address_wanted.jinja",
        include_str!("../templates/en/address_wanted.jinja"),
    ),
    (
        "en/new_device.jinja",
        include_str!("../templates/en/new_device.jinja"),
    ),
    (
        "en/password_changed.jinja",
        include_str!("../templates/en/password_changed.jinja"),
    ),
    (
        "en/address_changed.jinja",
        include_str!("../templates/en/address_changed.jinja"),
    ),
    (
        "en/address_replaced.jinja",
        include_str!("../templates/en/address_replaced.jinja"),
    ),
    (
        "en/deactivated.jinja",
        include_str!("../templates/en/deactivated.jinja"),
    ),
    (
        "en/second_factor_on.jinja",
        include_str!("../templates/en/second_factor_on.jinja"),
    ),
    (
        "en/second_factor_off.jinja",
        include_str!("../templates/en/second_factor_off.jinja"),
    ),
    (
        "en/factor_added.jinja",
        include_str!("../templates/en/factor_added.jinja"),
    ),
    (
        "en/factor_removed.jinja",
        include_str!("../templates/en/factor_removed.jinja"),
    ),
    (
        "en/password_removed.jinja",
        include_str!("../templates/en/password_removed.jinja"),
    ),
    (
        "en/passkey_copied.jinja",
        include_str!("../templates/en/passkey_copied.jinja"),
    ),
    (
        "en/recovery_code_used.jinja",
        include_str!("../templates/en/recovery_code_used.jinja"),
    ),
    (
        "en/second_factor_failed.jinja",
        include_str!("../templates/en/second_factor_failed.jinja"),
    ),
    (
        "en/factors_reset.jinja",
        include_str!("../templates/en/factors_reset.jinja"),
    ),
    ("en/test.jinja", include_str!("../templates/en/test.jinja")),
    ("de/mail.jinja", include_str!("../templates/de/mail.jinja")),
    (
        "de/sign_up.jinja",
        include_str!("../templates/de/sign_up.jinja"),
    ),
    (
        "de/already_registered.jinja",
        include_str!("../templates/de/already_registered.jinja"),
    ),
    (
        "de/reset.jinja",
        include_str!("../templates/de/reset.jinja"),
    ),
    (
        "de/invitation.jinja",
        include_str!("../templates/de/invitation.jinja"),
    ),
    (
        "de/prove_address.jinja",
        include_str!("../templates/de/prove_address.jinja"),
    ),
    (
        "de/enrolment_code.jinja",
        include_str!("../templates/de/enrolment_code.jinja"),
    ),
    (
        "de/address_wanted.jinja",
        include_str!("../templates/de/address_wanted.jinja"),
    ),
    (
        "de/new_device.jinja",
        include_str!("../templates/de/new_device.jinja"),
    ),
    (
        "de/password_changed.jinja",
        include_str!("../templates/de/password_changed.jinja"),
    ),
    (
        "de/address_changed.jinja",
        include_str!("../templates/de/address_changed.jinja"),
    ),
    (
        "de/address_replaced.jinja",
        include_str!("../templates/de/address_replaced.jinja"),
    ),
    (
        "de/deactivated.jinja",
        include_str!("../templates/de/deactivated.jinja"),
    ),
    (
        "de/second_factor_on.jinja",
        include_str!("../templates/de/second_factor_on.jinja"),
    ),
    (
        "de/second_factor_off.jinja",
        include_str!("../templates/de/second_factor_off.jinja"),
    ),
    (
        "de/factor_added.jinja",
        include_str!("../templates/de/factor_added.jinja"),
    ),
    (
        "de/factor_removed.jinja",
        include_str!("../templates/de/factor_removed.jinja"),
    ),
    (
        "de/password_removed.jinja",
        include_str!("../templates/de/password_removed.jinja"),
    ),
    (
        "de/passkey_copied.jinja",
        include_str!("../templates/de/passkey_copied.jinja"),
    ),
    (
        "de/recovery_code_used.jinja",
        include_str!("../templates/de/recovery_code_used.jinja"),
    ),
    (
        "de/second_factor_failed.jinja",
        include_str!("../templates/de/second_factor_failed.jinja"),
    ),
    (
        "de/factors_reset.jinja",
        include_str!("../templates/de/factors_reset.jinja"),
    ),
    ("de/test.jinja", include_str!("../templates/de/test.jinja")),
];

/// The templates, parsed and tried out.
#[derive(Debug)]
pub struct Templates(Environment<'static>);

/// What a template can show.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Values<'a> {
    /// The language tag.
    pub locale: &'a str,
    /// How the product presents itself.
    pub brand: Option<&'a Brand>,
    /// The color of the button, as `#rrggbb`.
    pub accent: &'a str,
    /// The color of the text on it.
    pub on_accent: &'a str,
    /// The code, as `1234 5678`.
    pub code: Option<String>,
    /// The link.
    pub link: Option<String>,
    /// Whether code and link end after a time that the mail tells.
    pub expires: bool,
    /// Whether link and code together undo what the mail tells of.
    pub undo: bool,
    /// When it happened, in words.
    pub at: Option<String>,
    /// In which browser.
    pub browser: Option<String>,
    /// On which system.
    pub system: Option<String>,
}

/// A rendered mail.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the parts of a mail")]
pub struct Rendered {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// A template that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// It cannot be read.
    #[error("{}: {error}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It replaces nothing.
    #[error("{}: no template has this name; the names are: {}", path.display(), names())]
    UnknownName {
        /// The file.
        path: PathBuf,
    },
    /// It is wrong.
    #[error("{file}, line {line}: {problem}")]
    Wrong {
        /// The file.
        file: String,
        /// The line.
        line: usize,
        /// What is wrong.
        problem: String,
    },
}

fn names() -> String {
    BUILT_IN.map(|(name, _)| name).join(", ")
}

impl Templates {
    /// Parses the templates, with those of a folder in place of their namesakes, and renders each once.
    ///
    /// # Errors
    ///
    /// [`Unusable`].
    pub fn load(folder: Option<&Path>) -> Result<Self, Unusable> {
        let mut sources: BTreeMap<&'static str, String> = BUILT_IN
            .iter()
            .map(|(name, source)| (*name, (*source).to_owned()))
            .collect();
        if let Some(folder) = folder {
            replace(&mut sources, folder, Path::new(""))?;
        }
        let describe = |error: &Error| describe(error, folder);
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, source) in &sources {
            for form in forms(name) {
                let added = environment.add_template_owned(form, source.clone());
                added.map_err(|error| describe(&error))?;
            }
        }
        let templates = Self(environment);
        templates.try_all().map_err(|error| describe(&error))?;
        Ok(templates)
    }

    /// Renders a mail of a kind.
    ///
    /// # Errors
    ///
    /// There is no such template, or it asks for what there is not.
    pub fn render(&self, kind: &str, values: &Values<'_>) -> Result<Rendered, Error> {
        let render = |form: &str| {
            let context = minijinja::context! {
                mail => format!("{}/mail.{form}", values.locale),
                layout => format!("layout.{form}"),
                ..Value::from(Serde(values))
            };
            let name = format!("{}/{kind}.{form}", values.locale);
            self.0.get_template(&name)?.render_captured(context)
        };
        let mut text = render("txt")?;
        let subject = text.with_state_mut(|state| state.render_block("subject"))?;
        Ok(Rendered {
            // A header is one line.
            subject: subject.split_whitespace().collect::<Vec<_>>().join(" "),
            text: text.into_output(),
            html: render("html")?.into_output(),
        })
    }

    /// Renders every template with every combination of values, so that no mistake waits until a mail
    /// is sent.
    fn try_all(&self) -> Result<(), Error> {
        let link = Some("https://example.com".to_owned());
        let word = || Some("sample".to_owned());
        for (name, _) in BUILT_IN {
            let Some((locale, kind)) = mail(name) else {
                continue;
            };
            for bits in 0..16 {
                let has = |bit: u32| bits & (1 << bit) != 0;
                let address = || has(3).then(|| "https://example.com".to_owned());
                let brand = Brand {
                    name: "Sample".into(),
                    logo_url: None,
                    accent: None,
                    terms_url: address(),
                    privacy_url: address(),
                    support_url: address(),
                };
                let values = Values {
                    locale,
                    brand: Some(&brand),
                    accent: "#000000",
                    on_accent: "#ffffff",
                    code: word().filter(|_| has(0)),
                    link: link.clone().filter(|_| has(0)),
                    expires: has(0),
                    undo: has(0) && has(1),
                    at: word().filter(|_| has(2)),
                    browser: word().filter(|_| has(2) && has(3)),
                    system: word().filter(|_| has(2) && has(1)),
                };
                self.render(kind, &values)?;
            }
        }
        Ok(())
    }
}

/// The language and kind of the mail that a template is, unless it is what mails are made of.
fn mail(name: &str) -> Option<(&str, &str)> {
    let (locale, kind) = name.strip_suffix(".jinja")?.split_once('/')?;
    (kind != "mail").then_some((locale, kind))
}

/// The names under which a template is known: their ends decide whether values are escaped.
fn forms(name: &str) -> Vec<String> {
    match name.strip_suffix(".jinja") {
        Some(stem) => vec![format!("{stem}.html"), format!("{stem}.txt")],
        None => vec![name.to_owned()],
    }
}

/// Puts the files of a folder in place of the templates that they are named like. Names that begin with
/// a dot belong to editors, version control and mounts.
fn replace(
    sources: &mut BTreeMap<&'static str, String>,
    folder: &Path,
    within: &Path,
) -> Result<(), Unusable> {
    let unreadable = |path: PathBuf| |error| Unusable::Unreadable { path, error };
    // Joining nothing would add a slash.
    let here = if within.as_os_str().is_empty() {
        folder.to_owned()
    } else {
        folder.join(within)
    };
    for entry in fs::read_dir(&here).map_err(unreadable(here.clone()))? {
        let name = entry.map_err(unreadable(here.clone()))?.file_name();
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let (path, name) = (here.join(&name), within.join(&name));
        if path.is_dir() && within.as_os_str().is_empty() {
            replace(sources, folder, &name)?;
            continue;
        }
        let known = sources
            .iter_mut()
            .find(|(known, _)| Path::new(known) == name);
        let Some((_, source)) = known else {
            return Err(Unusable::UnknownName { path });
        };
        *source = fs::read_to_string(&path).map_err(unreadable(path))?;
    }
    Ok(())
}

/// Names the file and the line of what is wrong.
fn describe(error: &Error, folder: Option<&Path>) -> Unusable {
    let name = error.name().unwrap_or_default();
    let file = if BUILT_IN.iter().any(|(known, _)| *known == name) {
        name.to_owned()
    } else {
        Path::new(name)
            .with_extension("jinja")
            .display()
            .to_string()
    };
    let problem = error
        .detail()
        .map_or_else(|| error.kind().to_string(), str::to_owned);
    Unusable::Wrong {
        file: match folder {
            Some(folder) => folder.join(&file).display().to_string(),
            None => file,
        },
        line: error.line().unwrap_or_default(),
        problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(file: &str, source: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, source).unwrap();
        let error = Templates::load(Some(folder.path()))
            .unwrap_err()
            .to_string();
        let shown = folder.path().display().to_string();
        error.replace(&shown, "FOLDER")
    }

    #[test]
    fn a_mistake_in_a_template_is_told_with_its_file_and_line() {
        let start = "{% extends mail %}\n{% block intro %}\n";
        for (file, source, expected) in [
            (
                "en/reset.jinja",
                format!("{start}{{{{ nothing }}}}{{% endblock %}}"),
                "FOLDER/en/reset.jinja, line 3: ",
            ),
            (
                "layout.html",
                "<p>\n{% if %}".to_owned(),
                "FOLDER/layout.html, line 2: ",
            ),
            (
                "de/mail.jinja",
                "{% extends layout %}\n{{ brand.colour.name }}{% block undo %}{% nope %}"
                    .to_owned(),
                "FOLDER/de/mail.jinja, line 2: ",
            ),
            (
                "en/rest.jinja",
                String::new(),
                "FOLDER/en/rest.jinja: no template has this name",
            ),
            (
                "fr/reset.jinja",
                String::new(),
                "FOLDER/fr/reset.jinja: no template has this name",
            ),
        ] {
            let refused = refusal(file, &source);
            assert!(refused.starts_with(expected), "{refused}");
        }
    }

    #[test]
    fn a_template_of_the_folder_takes_the_place_of_its_namesake_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("en")).unwrap();
        fs::write(folder.path().join(".DS_Store"), [0xff]).unwrap();
        let own = "{% extends mail %}{% block subject %}Own{% endblock %}";
        fs::write(folder.path().join("en/reset.jinja"), own).unwrap();
        let templates = Templates::load(Some(folder.path())).unwrap();
        let brand = Brand {
            name: "Example".into(),
            logo_url: None,
            accent: None,
            terms_url: None,
            privacy_url: None,
            support_url: None,
        };
        let subject = |kind, locale| {
            let values = Values {
                locale,
                brand: Some(&brand),
                ..Values::default()
            };
            templates.render(kind, &values).unwrap().subject
        };
        assert_eq!(subject("reset", "en"), "Own");
        assert_eq!(
            subject("reset", "de"),
            "Setzen Sie Ihr Passwort für Example zurück"
        );
        assert_eq!(subject("test", "en"), "Test email from Example");
    }

    #[test]
    fn a_folder_that_is_not_there_is_refused() {
        let refused = Templates::load(Some(Path::new("/nowhere/templates"))).unwrap_err();
        assert!(refused.to_string().starts_with("/nowhere/templates: "));
    }
}
