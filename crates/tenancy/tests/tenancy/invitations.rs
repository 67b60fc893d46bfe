//! Invitations: once, in time, for the invited address.

use serde_json::{Value, json};
use zapys_tenancy::InvitationId;

use super::setup::{PASSWORD, World, code, refusal, refusals, text, worlds};

const INVITE: &str = "mutation($email: String!) { invitationCreate(input: { email: $email, role: { kind: MANAGER } }) { invitation { id } userErrors { code field } } }";
const ACCEPT: &str = "mutation($input: InvitationAcceptInput!) { invitationAccept(input: $input) { companyId tokens { accessToken } userErrors { code field } } }";

async fn invite(world: &World, administrator: &str, email: &str) -> InvitationId {
    let data = world.ask(Some(administrator), INVITE, json!({ "email": email })).await;
    text(&data["invitationCreate"]["invitation"]["id"]).parse().unwrap()
}

async fn token(world: &World, administrator: &str, invitation: InvitationId) -> Option<String> {
    let company = world.enter(Some(administrator)).await.unwrap().company().unwrap();
    let reader = world.db.read(company).await.unwrap();
    world.tenancy.invitation_link(&reader, invitation).await.unwrap().map(|link| link.token)
}

fn as_new(token: &str) -> Value {
    json!({ "input": { "token": token, "newUser": { "name": "Петро", "password": PASSWORD } } })
}

#[tokio::test]
async fn a_new_person_accepts_once() {
    for world in worlds().await {
        let (company, olena) = world.administrator("olena@salon.example", "salon").await;
        let invitation = invite(&world, &olena, "petro@salon.example").await;
        let link = token(&world, &olena, invitation).await.unwrap();
        let preview = "query($token: String!) { invitationPreview(token: $token) { companyName email hasAccount role { kind } } }";
        let data = world.ask(None, preview, json!({ "token": link })).await;
        assert_eq!(
            data["invitationPreview"],
            json!({ "companyName": "Салон", "email": "petro@salon.example", "hasAccount": false, "role": { "kind": "MANAGER" } })
        );

        let data = world.ask(None, ACCEPT, as_new(&link)).await;
        let access = text(&data["invitationAccept"]["tokens"]["accessToken"]);
        let viewer = world.ask(Some(&access), "{ viewer { company { id } role { kind } } }", json!({})).await;
        assert_eq!(
            viewer["viewer"],
            json!({ "company": { "id": company.to_string() }, "role": { "kind": "MANAGER" } })
        );
        let twice = world.ask(None, ACCEPT, as_new(&link)).await;
        assert_eq!(refusals(&twice["invitationAccept"]), refusal("LINK_INVALID", Some("token")));
        assert_eq!(code(&world.send(None, preview, json!({ "token": link })).await), "NOT_FOUND");
        let again = world.ask(Some(&olena), INVITE, json!({ "email": "petro@salon.example" })).await;
        assert_eq!(refusals(&again["invitationCreate"]), refusal("ALREADY_MEMBER", Some("email")));
        world.finish().await;
    }
}

#[tokio::test]
async fn an_existing_person_accepts_with_their_own_address_only() {
    for world in worlds().await {
        let (company, olena) = world.administrator("olena@salon.example", "salon").await;
        world.person("petro@salon.example").await;
        world.person("ivan@salon.example").await;
        let invitation = invite(&world, &olena, "petro@salon.example").await;
        let link = token(&world, &olena, invitation).await.unwrap();
        let anonymous = world.ask(None, ACCEPT, as_new(&link)).await;
        assert_eq!(refusals(&anonymous["invitationAccept"]), refusal("LOGIN_REQUIRED", None));
        let (ivan, _) = world.log_in("ivan@salon.example").await;
        let other = world.ask(Some(&ivan), ACCEPT, json!({ "input": { "token": link } })).await;
        assert_eq!(refusals(&other["invitationAccept"]), refusal("EMAIL_MISMATCH", None));
        let (petro, _) = world.log_in("petro@salon.example").await;
        let data = world.ask(Some(&petro), ACCEPT, json!({ "input": { "token": link } })).await;
        assert_eq!(data["invitationAccept"]["companyId"], json!(company.to_string()));
        let petro = world.select(&petro, company).await;
        assert!(world.enter(Some(&petro)).await.unwrap().can(zapys_tenancy::permissions::LOCATIONS_WRITE));
        world.finish().await;
    }
}

#[tokio::test]
async fn links_expire_are_replaced_and_withdrawn() {
    for world in worlds().await {
        let (_, olena) = world.administrator("olena@salon.example", "salon").await;
        let invitation = invite(&world, &olena, "petro@salon.example").await;
        let first = token(&world, &olena, invitation).await.unwrap();
        let resend =
            "mutation($id: ID!) { invitationResend(input: { id: $id }) { invitation { id } userErrors { code } } }";
        world.ask(Some(&olena), resend, json!({ "id": invitation.to_string() })).await;
        let second = token(&world, &olena, invitation).await.unwrap();
        assert_ne!(first, second);
        let replaced = world.ask(None, ACCEPT, as_new(&first)).await;
        assert_eq!(refusals(&replaced["invitationAccept"]), refusal("LINK_INVALID", Some("token")));

        let revoke = "mutation($id: ID!) { invitationRevoke(input: { id: $id }) { invitation { revokedAt } userErrors { code } } }";
        world.ask(Some(&olena), revoke, json!({ "id": invitation.to_string() })).await;
        assert_eq!(token(&world, &olena, invitation).await, None);
        let withdrawn = world.ask(None, ACCEPT, as_new(&second)).await;
        assert_eq!(refusals(&withdrawn["invitationAccept"]), refusal("LINK_INVALID", Some("token")));

        let invitation = invite(&world, &olena, "petro@salon.example").await;
        let third = token(&world, &olena, invitation).await.unwrap();
        world.advance(7 * 24 * 60);
        let late = world.ask(None, ACCEPT, as_new(&third)).await;
        assert_eq!(refusals(&late["invitationAccept"]), refusal("LINK_INVALID", Some("token")));
        world.finish().await;
    }
}
