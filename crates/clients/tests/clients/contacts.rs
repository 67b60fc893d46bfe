//! The card that a booking's contact gets.

use access::BuiltinRole::{Manager, PublishableKey};
use access::Cx;
use serde_json::json;
use zapys_clients::{Attached, Contact};

use super::setup::{World, worlds};

fn contact(name: &str, phone: Option<&str>, proven: bool) -> Contact {
    Contact { name: name.to_owned(), phone: phone.map(str::to_owned), phone_is_proven: proven, ..Contact::default() }
}

async fn attach(world: &World, cx: &Cx, contact: &Contact) -> kernel::Result<Attached> {
    cx.public("the test books");
    db::transaction!(world.db, world.company, |tx| world.clients.find_or_create_in(cx, tx, contact).await)
}

#[tokio::test]
async fn a_stranger_gets_a_card_of_their_own() {
    for world in worlds().await {
        let (manager, stranger) = (world.cx(Manager), world.cx(PublishableKey));
        let known = world.card(&manager, json!({ "name": "Олена", "phones": ["0671234567"] })).await;
        let got = attach(&world, &stranger, &contact("Олена", Some("067 123 45 67"), false)).await.unwrap();
        assert!(got.created && got.client.id.to_string() != known);
        let error = attach(&world, &stranger, &contact("Олена", None, false)).await.unwrap_err();
        assert_eq!(error.issues[0].field.as_deref(), Some("phone"));
        world.finish().await;
    }
}

#[tokio::test]
async fn a_proven_phone_finds_its_one_card() {
    for world in worlds().await {
        let (manager, stranger) = (world.cx(Manager), world.cx(PublishableKey));
        let mother = world.card(&manager, json!({ "name": "Олена", "phones": ["0671234567"] })).await;
        let got = attach(&world, &stranger, &contact("Хтось", Some("0671234567"), true)).await.unwrap();
        assert_eq!((got.created, got.client.id.to_string()), (false, mother.clone()));
        world.card(&manager, json!({ "name": "Донька", "phones": ["0671234567"] })).await;
        let got = attach(&world, &stranger, &contact("ОЛЕНА", Some("0671234567"), true)).await.unwrap();
        assert_eq!((got.created, got.client.id.to_string()), (false, mother));
        assert!(attach(&world, &stranger, &contact("Хтось", Some("0671234567"), true)).await.unwrap().created);
        world.finish().await;
    }
}

#[tokio::test]
async fn a_new_card_is_no_way_around_the_block_list() {
    for world in worlds().await {
        let (manager, stranger) = (world.cx(Manager), world.cx(PublishableKey));
        let id = world.card(&manager, json!({ "name": "Олена", "phones": ["0671234567"] })).await;
        let block = "mutation($input: ClientBlockInput!) { clientBlock(input: $input) { userErrors { code } } }";
        world.ask(&manager, block, json!({ "input": { "id": id, "version": 1, "reason": "Не приходить" } })).await;
        assert!(attach(&world, &stranger, &contact("Інша", Some("+380671234567"), false)).await.unwrap().blocked);
        assert!(!attach(&world, &stranger, &contact("Інша", Some("+380501234567"), false)).await.unwrap().blocked);
        world.finish().await;
    }
}
