//! Errors: codes that never change, words of our own, in the language of the caller.

use harness::{Company, api_test};
use serde_json::{Value, json};

api_test! {
    async fn each_fault_of_an_operation_has_its_code(app: &App) {
        let salon = Company::new(app).await;
        let id = "bkg_00000000000000000000000000";
        for (query, variables, code) in [
            ("{", json!({}), "GRAPHQL_PARSE_FAILED"),
            ("", json!({}), "GRAPHQL_PARSE_FAILED"),
            ("# nothing", json!({}), "GRAPHQL_PARSE_FAILED"),
            ("fragment F on Query { __typename }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
            ("{ __typename } query B { __typename }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
            ("{ nothing }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
            ("query($id: ID!) { booking(id: $id) { id } }", json!({}), "INVALID_ARGUMENT"),
            ("query($id: ID!) { booking(id: $id) { id } }", json!({ "id": null }), "INVALID_ARGUMENT"),
            ("query($id: ID!) { booking(id: $id) { id } }", json!({ "id": [1] }), "INVALID_ARGUMENT"),
            ("query($n: Int) { services(first: $n) { totalCount } }", json!({ "n": 2_147_483_648_i64 }), "INVALID_ARGUMENT"),
            ("query($n: Int) { services(first: $n) { totalCount } }", json!({ "n": 101 }), "INVALID_ARGUMENT"),
            ("query($d: LocalDate!) { calendar(from: $d, to: $d) { bookings { id } } }", json!({ "d": "today" }), "INVALID_ARGUMENT"),
            ("{ calendar(from: \"today\", to: \"2026-03-02\") { bookings { id } } }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
            ("query A { __typename } query B { __typename }", json!({}), "INVALID_ARGUMENT"),
            ("query($id: ID!) { booking(id: $id) { id } }", json!({ "id": id }), "NOT_FOUND"),
            ("query($id: ID!) { booking(id: $id) { id } }", json!({ "id": 7 }), "NOT_FOUND"),
        ] {
            let answer = salon.administrator.run(query, variables.clone()).await;
            assert_eq!(answer.codes(), [code], "{query} {variables}: {answer}");
        }
        assert_eq!(app.client().run("{ services { totalCount } }", Value::Null).await.codes(), ["UNAUTHENTICATED"]);
    }
}

api_test! {
    async fn a_wrong_variable_is_named_with_its_path(app: &App) {
        let query = "mutation($input: BookingCreateInput!) { bookingCreate(input: $input) { userErrors { code } } }";
        let variables = json!({ "input": { "lines": [{ "serviceId": { "no": 1 } }] } });
        let answer = app.client().run(query, variables).await;
        assert_eq!(answer.code(), "INVALID_ARGUMENT");
        assert_eq!(answer.errors[0]["extensions"]["variable"], "input", "{answer}");
        assert_eq!(answer.errors[0]["extensions"]["path"][0], "input", "{answer}");
        assert!(answer.errors[0]["message"].as_str().unwrap().starts_with("Variable \"$input."), "{answer}");
        assert!(answer.errors[0]["locations"].is_array() && answer.data.is_null(), "{answer}");
    }
}

api_test! {
    async fn what_people_read_is_in_their_language_and_codes_are_not(app: &App) {
        let query = "{ services { totalCount } }";
        let uk = app.client().in_language("uk").run(query, Value::Null).await;
        let en = app.client().in_language("en").run(query, Value::Null).await;
        assert_eq!((uk.codes(), en.codes()), (vec!["UNAUTHENTICATED".to_owned()], vec!["UNAUTHENTICATED".to_owned()]));
        assert_eq!((&uk.errors[0]["message"], &en.errors[0]["message"]), (&json!("Спершу увійдіть."), &json!("Log in first.")));
    }
}
