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
    #[test]
    fn the_checked_in_schema_is_the_code() {
        let checked_in = include_str!("../../../schema.graphql");
        assert!(checked_in == crate::sdl(), "the API has changed: run `make documents` and review the difference");
    }

    #[test]
    fn the_checked_in_permissions_are_the_code() {
        let checked_in = include_str!("../../../docs/permissions.md");
        let now = super::permissions_page();
        assert!(checked_in == now, "permissions have changed: run `make documents` and review the difference");
    }
}
