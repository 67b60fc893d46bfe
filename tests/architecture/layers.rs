//! Each crate says its layer and each domain its rank; who uses whom follows from that.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

/// What a crate is, in order: one may use those above it in this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    Kernel,
    Migration,
    Technical,
    Domain(u64),
    App,
    Tests,
}

/// The technical crates are a short chain, not a layer where everybody uses everybody.
const TECHNICAL: [(&str, &[&str]); 7] = [
    ("zapys-db", &[]),
    ("zapys-access", &["zapys-db"]),
    ("zapys-cache", &["zapys-db", "zapys-access"]),
    ("zapys-jobs", &["zapys-db", "zapys-access", "zapys-cache"]),
    ("zapys-gql", &["zapys-db", "zapys-access", "zapys-cache", "zapys-jobs"]),
    ("zapys-ical", &[]),
    ("zapys-outbound", &[]),
];

fn members() -> Vec<Package> {
    let metadata = MetadataCommand::new().no_deps().other_options(vec!["--offline".to_owned()]).exec().unwrap();
    metadata.packages
}

fn layer(package: &Package) -> Layer {
    let declared = &package.metadata["zapys"];
    let rank = declared["rank"].as_u64();
    match (declared["layer"].as_str(), rank) {
        (Some("kernel"), None) => Layer::Kernel,
        (Some("migration"), None) => Layer::Migration,
        (Some("technical"), None) => Layer::Technical,
        (Some("domain"), Some(rank)) => Layer::Domain(rank),
        (Some("app"), None) => Layer::App,
        (Some("tests"), None) => Layer::Tests,
        _ => panic!(
            "{}: [package.metadata.zapys] says no layer, or a rank that its layer has not: {declared}",
            package.name
        ),
    }
}

/// Why `from` may not use `to`; none when it may. Development dependencies are free: they reach no product.
fn objection(from: (&str, Layer), to: (&str, Layer)) -> Option<String> {
    let allowed = match (from.1, to.1) {
        (_, Layer::Tests) => false,
        (Layer::Tests | Layer::App, _) => true,
        (Layer::Kernel | Layer::Migration, _) | (_, Layer::Migration | Layer::App) => false,
        (Layer::Technical, Layer::Technical) => {
            TECHNICAL.iter().any(|(name, uses)| *name == from.0 && uses.contains(&to.0))
        }
        // One of the same rank could call back, and then neither could be read alone.
        (Layer::Domain(upper), Layer::Domain(lower)) => lower < upper,
        (upper, lower) => lower < upper,
    };
    (!allowed).then(|| format!("{} ({:?}) uses {} ({:?})", from.0, from.1, to.0, to.1))
}

#[test]
fn arrows_only_go_down() {
    let members = members();
    let layers: BTreeMap<&str, Layer> = members.iter().map(|package| (package.name.as_str(), layer(package))).collect();
    let mut objections = Vec::new();
    for package in &members {
        let uses = package.dependencies.iter().filter(|used| used.kind == DependencyKind::Normal);
        let uses: BTreeSet<&str> = uses.map(|used| used.name.as_str()).collect();
        for used in uses {
            if let Some(used_layer) = layers.get(used) {
                let name = package.name.as_str();
                objections.extend(objection((name, layers[name]), (used, *used_layer)));
            }
        }
    }
    assert!(objections.is_empty(), "{objections:#?}");
}

#[test]
fn an_arrow_up_is_seen() {
    let tenancy = ("zapys-tenancy", Layer::Domain(1));
    let catalog = ("zapys-catalog", Layer::Domain(2));
    assert_eq!(objection(catalog, tenancy), None);
    assert!(objection(tenancy, catalog).is_some());
    assert!(objection(catalog, ("zapys-clients", Layer::Domain(2))).is_some());
    assert!(objection(("zapys-db", Layer::Technical), ("zapys-gql", Layer::Technical)).is_some());
    assert!(objection(("zapys-kernel", Layer::Kernel), ("zapys-db", Layer::Technical)).is_some());
    assert!(objection(tenancy, ("zapys-migration", Layer::Migration)).is_some());
}

#[test]
fn every_technical_crate_has_a_place_in_the_chain() {
    for package in members().iter().filter(|package| layer(package) == Layer::Technical) {
        assert!(TECHNICAL.iter().any(|(name, _)| *name == package.name.as_str()), "{}", package.name);
    }
}

#[test]
fn members_take_versions_and_lints_from_the_workspace() {
    for package in members() {
        let manifest = std::fs::read_to_string(&package.manifest_path).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{}: lints", package.name);
        let own = manifest.lines().filter(|line| line.contains("version = \"") && !line.starts_with("rust-version"));
        let own: Vec<&str> = own.collect();
        assert!(own.is_empty(), "{}: {own:?}", package.name);
    }
}
