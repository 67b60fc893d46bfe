//! One case per rule, each with its control.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

/// The changes as text, without the impact's padding.
fn changes(before: &str, after: &str) -> Vec<String> {
    let found = between(before, after).expect("two schemas");
    found.iter().map(|one| format!("{} {} {}", one.impact, one.coordinate, one.what)).collect()
}

#[test]
fn the_same_schema_in_another_order_and_other_words_has_not_changed() {
    let before =
        r#""""A.""" type A { "One." x: Int y(n: Int = 1): Int } enum E { P Q } union U = A | B type B { z: E }"#;
    let after = "type B { z: E } union U = B | A enum E { Q P } type A { y(n: Int = 1): Int x: Int }";
    assert_eq!(changes(before, after), Vec::<String>::new());
}

#[test]
fn what_is_gone_breaks() {
    assert_eq!(changes("type A { x: Int } type B { y: Int }", "type A { x: Int }"), ["BREAKING B was removed"]);
    assert_eq!(changes("type A { x: Int y: Int }", "type A { x: Int }"), ["BREAKING A.y was removed"]);
    assert_eq!(changes("type A { x(n: Int): Int }", "type A { x: Int }"), ["BREAKING A.x(n:) was removed"]);
    assert_eq!(changes("input I { x: Int y: Int }", "input I { x: Int }"), ["BREAKING I.y was removed"]);
    assert_eq!(changes("enum E { P Q }", "enum E { P }"), ["BREAKING E.Q was removed"]);
    let (two, one) =
        ("type A { x: Int } type B { x: Int } union U = A | B", "type A { x: Int } type B { x: Int } union U = A");
    assert_eq!(changes(two, one), ["BREAKING U no longer has the member B"]);
    let with = "interface N { id: ID! } type A implements N { id: ID! }";
    let without = "interface N { id: ID! } type A { id: ID! }";
    assert_eq!(changes(with, without), ["BREAKING A no longer implements N"]);
    let directive = "directive @d(n: Int) on FIELD type A { x: Int }";
    assert_eq!(changes(directive, "type A { x: Int }"), ["BREAKING @d was removed"]);
    let (roots, fewer) = ("schema { query: A mutation: A } type A { x: Int }", "schema { query: A } type A { x: Int }");
    assert_eq!(changes(roots, fewer), ["BREAKING A no longer is the root of mutations"]);
}

#[test]
fn a_deprecated_field_that_is_gone_breaks_too_and_says_so() {
    let before = r#"type A { x: Int y: Int @deprecated(reason: "Use x.") }"#;
    assert_eq!(changes(before, "type A { x: Int }"), ["BREAKING A.y was removed; it was deprecated"]);
    assert_eq!(changes("type A { x: Int y: Int }", before), ["safe A.y is deprecated"]);
    assert_eq!(changes(before, "type A { x: Int y: Int }"), ["safe A.y is no longer deprecated"]);
}

#[test]
fn another_kind_breaks_and_its_parts_are_not_named() {
    assert_eq!(changes("type A { x: Int }", "input A { x: Int y: Int! }"), ["BREAKING A was an object, is an input"]);
    let (plain, one_of) = ("input I { x: Int }", "input I @oneOf { x: Int }");
    assert_eq!(changes(plain, one_of), ["BREAKING I was an input, is an input of which one field is given"]);
}

#[test]
fn an_answer_may_promise_more_but_not_less() {
    for (before, after, impact) in [
        ("Int", "Int!", "safe"),
        ("Int!", "Int", "BREAKING"),
        ("[Int]", "[Int!]!", "safe"),
        ("[Int!]", "[Int]!", "BREAKING"),
        ("Int", "[Int]", "BREAKING"),
        ("Int", "Float", "BREAKING"),
    ] {
        let schema = |kind: &str| format!("type A {{ x: {kind} }}");
        assert_eq!(changes(&schema(before), &schema(after)), [format!("{impact} A.x was {before}, is {after}")]);
    }
}

#[test]
fn a_question_may_ask_for_less_but_not_for_more() {
    for (before, after, impact) in [
        ("Int!", "Int", "safe"),
        ("Int", "Int!", "BREAKING"),
        ("[Int!]!", "[Int]", "safe"),
        ("[Int]", "[Int!]", "BREAKING"),
        ("Int", "ID", "BREAKING"),
    ] {
        let argument = |kind: &str| format!("type A {{ x(n: {kind}): Int }}");
        assert_eq!(
            changes(&argument(before), &argument(after)),
            [format!("{impact} A.x(n:) was {before}, is {after}")]
        );
        let field = |kind: &str| format!("input I {{ n: {kind} }}");
        assert_eq!(changes(&field(before), &field(after)), [format!("{impact} I.n was {before}, is {after}")]);
    }
}

#[test]
fn what_is_new_breaks_only_where_it_must_be_given() {
    assert_eq!(changes("type A { x: Int }", "type A { x: Int } type B { y(n: Int!): Int }"), ["safe B was added"]);
    assert_eq!(changes("type A { x: Int }", "type A { x: Int y(n: Int!): Int }"), ["safe A.y was added"]);
    assert_eq!(
        changes("type A { x: Int }", "type A { x(n: Int!): Int }"),
        ["BREAKING A.x(n:) was added and is required"]
    );
    assert_eq!(
        changes("type A { x: Int }", "type A { x(n: Int! = 1): Int }"),
        ["safe A.x(n:) was added and may be left out"]
    );
    assert_eq!(changes("input I { x: Int }", "input I { x: Int y: Int! }"), ["BREAKING I.y was added and is required"]);
    assert_eq!(changes("input I { x: Int }", "input I { x: Int y: Int }"), ["safe I.y was added and may be left out"]);
}

#[test]
fn what_programs_may_not_know_is_dangerous() {
    let values = changes("enum E { P }", "enum E { P Q }");
    assert_eq!(values, ["dangerous E.Q was added: programs may not know the value"]);
    let (one, two) =
        ("type A { x: Int } type B { x: Int } union U = A", "type A { x: Int } type B { x: Int } union U = A | B");
    assert_eq!(changes(one, two), ["dangerous U has the new member B"]);
    let without = "interface N { id: ID! } type A { id: ID! }";
    let with = "interface N { id: ID! } type A implements N { id: ID! }";
    assert_eq!(changes(without, with), ["dangerous A implements N"]);
}

#[test]
fn another_default_is_dangerous_and_none_may_break() {
    let schema = |input: &str| format!("type A {{ x(n: {input}): Int }}");
    let changed = |before: &str, after: &str| changes(&schema(before), &schema(after));
    assert_eq!(changed("Int = 1", "Int = 2"), ["dangerous A.x(n:) had the default 1, has 2"]);
    assert_eq!(changed("Int = 1", "Int"), ["dangerous A.x(n:) had the default 1, has none"]);
    assert_eq!(changed("Int! = 1", "Int!"), ["BREAKING A.x(n:) had the default 1 and is required"]);
}

#[test]
fn a_breaking_change_needs_a_reason_under_its_coordinate() {
    let found = between("type A { x: Int y: Int } enum E { P }", "type A { x: Int } enum E { P Q }").unwrap();
    let left =
        |accepted: &str| unexplained(&found, accepted).iter().map(|one| one.coordinate.clone()).collect::<Vec<_>>();
    assert_eq!(left(""), ["A.y"]);
    assert_eq!(left("- `A.x`: another one\n"), ["A.y"]);
    assert_eq!(left("- `A.y`:  \n"), ["A.y"]);
    assert_eq!(left("# Breaking changes\n\n- `A.y`: nobody asked for it\n"), Vec::<String>::new());
    assert!(report(&found).starts_with("2 changes of the API, 1 of them breaking\n  BREAKING   A.y  was removed\n"));
}
