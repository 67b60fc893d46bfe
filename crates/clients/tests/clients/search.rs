//! Finding and ordering cards.

use access::BuiltinRole::{Employee, Manager};
use serde_json::{Value, json};

use super::setup::{World, code, text, worlds};

const LIST: &str = "query($filter: ClientFilterInput, $first: Int, $after: String) {
    clients(filter: $filter, first: $first, after: $after) { nodes { name } pageInfo { hasNextPage endCursor } totalCount }
}";

fn names(data: &Value) -> Vec<String> {
    data["clients"]["nodes"].as_array().unwrap().iter().map(|node| text(&node["name"])).collect()
}

async fn found(world: &World, search: &str) -> Vec<String> {
    let filter = json!({ "filter": { "search": search } });
    names(&world.ask(&world.cx(Manager), LIST, filter).await)
}

#[tokio::test]
async fn a_card_is_found_by_name_phone_and_address() {
    for world in worlds().await {
        let manager = world.cx(Manager);
        for (name, phones, emails) in [
            ("Мар’яна Ґудзь", vec!["067 123-45-67"], vec!["Maryana@Example.com"]),
            ("Єва Коваль", vec!["+38 050 765 43 21"], vec![]),
            ("100%_знижка", vec![], vec![]),
        ] {
            world.card(&manager, json!({ "name": name, "phones": phones, "emails": emails })).await;
        }
        for (search, name) in [
            ("мар'я", "Мар’яна Ґудзь"),
            ("ҐУДЗЬ мар", "Мар’яна Ґудзь"),
            ("єва", "Єва Коваль"),
            ("380671234567", "Мар’яна Ґудзь"),
            ("(067) 123 45 67", "Мар’яна Ґудзь"),
            ("067 123", "Мар’яна Ґудзь"),
            ("765-43", "Єва Коваль"),
            ("MARYANA@", "Мар’яна Ґудзь"),
            ("example", "Мар’яна Ґудзь"),
            ("%_", "100%_знижка"),
        ] {
            assert_eq!(found(&world, search).await, [name], "{search}");
        }
        for search in ["Коваль Ґудзь", "000 000", "!", "' OR 1=1 --"] {
            assert_eq!(found(&world, search).await, Vec::<String>::new(), "{search}");
        }
        assert_eq!(
            code(&world.send(&manager, LIST, json!({ "filter": { "search": "а".repeat(101) } })).await),
            "INVALID_ARGUMENT"
        );
        world.finish().await;
    }
}

#[tokio::test]
async fn names_are_in_the_order_of_the_alphabet_page_by_page() {
    for world in worlds().await {
        let manager = world.cx(Manager);
        for name in ["Яна", "Ірина", "анна", "Ґалина", "Ганна", "Єва", "Едуард"] {
            world.card(&manager, json!({ "name": name })).await;
        }
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let data = world.ask(&manager, LIST, json!({ "first": 3, "after": after })).await;
            assert_eq!(data["clients"]["totalCount"], json!(7));
            seen.extend(names(&data));
            if data["clients"]["pageInfo"]["hasNextPage"] == json!(false) {
                break;
            }
            after = data["clients"]["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(seen, ["анна", "Ганна", "Ґалина", "Едуард", "Єва", "Ірина", "Яна"]);
        world.finish().await;
    }
}

#[tokio::test]
async fn an_employee_finds_own_clients_only_and_nobody_by_phone() {
    for world in worlds().await {
        let (manager, employee) = (world.cx(Manager), world.cx(Employee));
        let foreign = world.card(&manager, json!({ "name": "Чужа Клієнтка", "emails": ["foreign@example.com"] })).await;
        world.card(&manager, json!({ "name": "Своя Клієнтка", "phones": ["0671234567"] })).await;
        world.card(&employee, json!({ "name": "Додана Клієнтка" })).await;
        let list = |filter: Value| world.ask(&employee, LIST, filter);
        assert_eq!(names(&list(json!({})).await), ["Додана Клієнтка", "Своя Клієнтка"]);
        assert_eq!(names(&list(json!({ "filter": { "search": "foreign" } })).await), Vec::<String>::new());
        let by_phone = json!({ "filter": { "search": "0671234567" } });
        assert_eq!(code(&world.send(&employee, LIST, by_phone).await), "FORBIDDEN");
        let one = "query($id: ID!) { client(id: $id) { name } }";
        assert_eq!(code(&world.send(&employee, one, json!({ "id": foreign })).await), "NOT_FOUND");
        let ids = json!({ "filter": { "ids": [foreign] } });
        assert_eq!(code(&world.send(&employee, LIST, ids).await), "NOT_FOUND");
        world.finish().await;
    }
}
