//! The schema explains itself, and each root field says who may use it.

use harness::introspection::Schema;

/// What the schema's own description languages name: built in, or not ours.
const FOREIGN: [&str; 5] = ["Int", "Float", "String", "Boolean", "ID"];

harness::api_test! {
    async fn everything_in_the_schema_has_a_description(app: &App) {
        let schema = Schema::of(&app.client()).await;
        let undescribed: Vec<String> =
            schema.undescribed().into_iter().filter(|name| !FOREIGN.contains(&name.as_str())).collect();
        assert!(undescribed.is_empty(), "{undescribed:#?}");
    }
}

harness::api_test! {
    async fn every_root_field_says_who_may_use_it(app: &App) {
        let schema = Schema::of(&app.client()).await;
        let silent = |root: &harness::introspection::Root| {
            root.description.matches("Permission: ").count() + root.description.matches("Public: ").count() != 1
        };
        let found: Vec<String> = schema.roots().into_iter().filter(silent).map(|root| root.name).collect();
        assert!(found.is_empty(), "neither a permission nor a reason to be public, or both: {found:#?}");
    }
}

harness::api_test! {
    async fn every_code_has_a_sentence_in_both_languages(_app: &App) {
        assert_eq!(gql::missing_messages(), Vec::<String>::new());
    }
}
