//! `.env.example` lists every setting with its default.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use latchkey::config::Config;

use crate::support::{DATA_KEY, SECRET};

/// `#NAME=value` of each line.
fn example() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let text = fs::read_to_string(root.join(".env.example")).unwrap();
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix('#')?.split_once('='));
    let is_name = |name: &str| {
        name.bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    };
    let pairs = lines.filter(|(name, _)| is_name(name));
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The variables in the source of the configuration: its upper-case literals.
fn known() -> BTreeSet<String> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    let mut names = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        for literal in text.split('"').skip(1).step_by(2) {
            let is_name = literal.contains('_')
                && literal
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
            if is_name || literal == "ENVIRONMENT" {
                names.insert(literal.to_owned());
            }
        }
    }
    names
}

#[test]
fn the_example_lists_every_setting_and_no_other() {
    let listed: BTreeSet<_> = example().into_iter().map(|(name, _)| name).collect();
    assert_eq!(listed, known());
}

#[test]
fn the_example_shows_the_defaults() {
    let mut shown: HashMap<_, _> = example().into_iter().collect();
    shown.insert("JWT_SECRET".into(), SECRET.into());
    shown.insert("DATA_KEY".into(), DATA_KEY.into());
    let shown = Config::from_variables(shown).unwrap();
    let secrets = [("JWT_SECRET", SECRET), ("DATA_KEY", DATA_KEY)];
    let secrets = secrets.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let default = Config::from_variables(secrets.into()).unwrap();
    assert_eq!(format!("{shown:#?}"), format!("{default:#?}"));
}
