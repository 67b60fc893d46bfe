//! Documents that are made from the code and checked in, so that a change of the API or of who may do what is seen in
//! review: `schema.graphql` and `docs/permissions.md`. `make documents` writes them anew.

/// The page of permissions.
pub fn permissions_page() -> String {
    format!(
        "# Permissions\nWho may do what, made by `make documents` from each crate's `permissions.rs`. Custom roles and secret API keys are chosen \
         sets of these.\n\n{}",
        access::permission_table()
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]

    use crate::changes;

    #[test]
    fn the_checked_in_schema_is_the_code() {
        let (checked_in, now) = (include_str!("../../../schema.graphql"), crate::sdl());
        let changes = changes::between(checked_in, &now).expect("the checked-in schema is one");
        let report = changes::report(&changes);
        assert!(checked_in == now, "{report}run `make documents` and review the difference");
    }

    /// Compares with what was committed last, so that writing the file anew does not hide a break. Without a repository
    /// (a source archive) that is the file itself.
    #[test]
    fn a_breaking_change_has_a_reason() {
        let committed = std::process::Command::new("git")
            .args(["show", "HEAD:schema.graphql"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .ok()
            .filter(|output| output.status.success())
            .and_then(|output| String::from_utf8(output.stdout).ok());
        let committed = committed.as_deref().unwrap_or(include_str!("../../../schema.graphql"));
        let changes = changes::between(committed, &crate::sdl()).expect("the committed schema is one");
        let unexplained = changes::unexplained(&changes, include_str!("../../../docs/breaking-changes.md"));
        let report = changes::report(&changes);
        assert!(unexplained.is_empty(), "{report}docs/breaking-changes.md has no reason for {unexplained:#?}");
    }

    #[test]
    fn the_checked_in_permissions_are_the_code() {
        let checked_in = include_str!("../../../docs/permissions.md");
        let now = super::permissions_page();
        assert!(checked_in == now, "permissions have changed: run `make documents` and review the difference");
    }
}
