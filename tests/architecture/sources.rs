//! What may stand in which file.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A Rust file: its path from the root, and its lines without comments.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(number, line)| (number + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Lines for which `is_wrong` holds, as `path:line: text`. Tests at the end of a file are not looked at.
    fn find(&self, is_wrong: impl Fn(&str) -> bool) -> Vec<String> {
        let product = self.lines().take_while(|(_, line)| !line.contains("#[cfg(test)]"));
        let wrong = product.filter(|(_, line)| is_wrong(line));
        wrong.map(|(number, line)| format!("{}:{number}: {}", self.path, line.trim())).collect()
    }
}

fn sources(folders: &[&str]) -> Vec<Source> {
    let root = root();
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    let mut sources = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let path = path.strip_prefix(&root).unwrap().display().to_string();
            sources.push(Source { path, text });
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(sources.len() > 5, "the sources were not found");
    sources
}

fn is_graphql(source: &Source) -> bool {
    source.path.ends_with("/graphql.rs") || source.path.contains("/graphql/")
}

/// A call of a function whose name fits: `.redeem_in(`, `facts_of(`.
fn calls(line: &str, fits: impl Fn(&str) -> bool) -> bool {
    line.match_indices('(').any(|(at, _)| {
        let name = line[..at].rsplit(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').next();
        name.is_some_and(&fits)
    })
}

/// Verbs that merely end like that.
const VERBS: [&str; 4] = ["check_in", "clock_in", "log_in", "sign_in"];

#[test]
fn resolvers_do_not_call_what_checks_no_permission() {
    // `_in` joins another's transaction and `facts_` reads for another's rules: both leave authorisation to their caller.
    let joins = |name: &str| name.ends_with("_in") && !VERBS.contains(&name);
    let wrong = |line: &str| calls(line, |name| joins(name) || name.starts_with("facts_"));
    let found: Vec<String> =
        sources(&["crates"]).iter().filter(|source| is_graphql(source)).flat_map(|source| source.find(wrong)).collect();
    assert!(found.is_empty(), "{found:#?}");
    assert!(wrong("self.jobs.publish_in(cx, tx)") && wrong("facts_of(r)") && !wrong("service.check_inputs(x)"));
}

#[test]
fn resolvers_do_not_meet_the_database() {
    let wrong = |line: &str| ["sea_orm", "transaction!", "entity::"].iter().any(|word| line.contains(word));
    let graphql: Vec<Source> = sources(&["crates"]).into_iter().filter(is_graphql).collect();
    let found: Vec<String> = graphql.iter().flat_map(|source| source.find(wrong)).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn engines_are_told_apart_in_one_place() {
    let elsewhere = sources(&["crates"]).into_iter().filter(|source| !source.path.starts_with("crates/db/"));
    let wrong = |line: &str| {
        ["Engine::Sqlite", "Engine::Postgres", "DbBackend::", "DatabaseBackend"].iter().any(|name| line.contains(name))
    };
    let found: Vec<String> = elsewhere.flat_map(|source| source.find(wrong)).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_file_says_what_it_is() {
    let silent = |source: &Source| !source.text.starts_with("//!");
    let all = sources(&["crates", "migration", "tests"]);
    let found: Vec<&str> = all.iter().filter(|source| silent(source)).map(|source| source.path.as_str()).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_crate_has_a_readme_and_every_domain_both_languages() {
    let crates = root().join("crates");
    let mut missing = Vec::new();
    for entry in std::fs::read_dir(&crates).unwrap() {
        let path = entry.unwrap().path();
        let manifest = std::fs::read_to_string(path.join("Cargo.toml")).unwrap();
        let languages: &[&str] =
            if manifest.contains("layer = \"domain\"") { &["i18n/en.ftl", "i18n/uk.ftl"] } else { &[] };
        let wanted = ["README.md"].iter().chain(languages).map(|file| path.join(file));
        missing.extend(wanted.filter(|file| !file.is_file()).map(|file| file.display().to_string()));
    }
    missing.sort();
    assert!(missing.is_empty(), "{missing:#?}");
}
