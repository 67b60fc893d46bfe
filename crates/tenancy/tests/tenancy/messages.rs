//! Every refusal is worded in both languages, and every root field says who may enter.

use async_graphql::{EmptySubscription, Schema};
use zapys_tenancy::{TenancyMutation, TenancyQuery};

#[test]
fn every_code_has_a_sentence_in_both_languages() {
    let missing: Vec<_> =
        gql::missing_messages().into_iter().filter(|code| code.starts_with("zapys-tenancy")).collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[tokio::test]
async fn every_root_field_says_who_may_enter() {
    let schema = Schema::build(TenancyQuery::default(), TenancyMutation::default(), EmptySubscription).finish();
    let fields = "fields { name description }";
    let query = format!("{{ __schema {{ queryType {{ {fields} }} mutationType {{ {fields} }} }} }}");
    let answer = schema.execute(query).await.data.into_json().unwrap();
    for root in ["queryType", "mutationType"] {
        for field in answer["__schema"][root]["fields"].as_array().unwrap() {
            let description = field["description"].as_str().unwrap_or_default();
            let last = description.trim_end_matches('.').rsplit(". ").next().unwrap().replace('\n', " ");
            assert!(last.contains("Permission: ") || last.contains("Public: "), "{field}");
        }
    }
}
