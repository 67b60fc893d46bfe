//! Who may listen, and to what: asked again for every event and every few seconds, not only when they came.

use harness::{App, Client, Company, Person, Socket};
use serde_json::{Value, json};

use super::{CHANGES, ask, is_quiet, next, open, payload};
use crate::calendar::be_staff;
use crate::edge::events::Events;

/// An app that looks at sessions as often as can be said.
async fn watchful(engine: harness::Engine) -> App {
    App::start_with(engine, |config| config.graphql.socket_check_seconds = 1).await.expect("an app")
}

/// Somebody who listens in both ways.
struct Listening {
    socket: Socket,
    events: Events,
}

impl Listening {
    async fn of(client: &Client) -> Self {
        let mut socket = open(client).await;
        ask(&mut socket, "1", CHANGES).await;
        Self { socket, events: Events::open(client, CHANGES).await }
    }

    async fn ends(mut self, why: &str) {
        assert_eq!(self.socket.closed().await.expect(why), (4403, "Forbidden".to_owned()), "{why}");
        // Cut off, which is no `complete`: the client comes again and is told that it may not.
        assert_eq!(self.events.rest().await, "", "{why}");
    }
}

async fn member(company: &Company, user: &str) -> Value {
    let query = "{ members(first: 50) { nodes { id version user { id } } } }";
    let members = company.administrator.data(query, Value::Null).await;
    let members = members["members"]["nodes"].as_array().cloned().unwrap_or_default();
    members.into_iter().find(|member| member["user"]["id"] == user).expect("a member")
}

async fn give_role(company: &Company, person: &Person, kind: &str) {
    let member = member(company, &person.id).await;
    let change = json!({ "id": member["id"], "version": member["version"], "role": { "kind": kind } });
    company.administrator.done("memberUpdate", change, "").await;
}

harness::api_test! {
    async fn a_socket_ends_with_what_let_it_in(engine: Engine) {
        let app = watchful(engine).await;
        let company = Company::new(&app).await;
        let (lowered, removed) = (company.hire_user("MANAGER").await, company.hire_user("MANAGER").await);
        let leaving = company.hire_user("MANAGER").await;
        let input = json!({ "name": "Табло", "kind": "SECRET", "permissions": ["bookings.all"] });
        let made = company.administrator.done("apiKeyCreate", input, "key apiKey { id }").await;
        let program = app.client().with_token(made["key"].as_str().expect("a key"));

        let staying = Listening::of(&company.administrator).await;
        let listening = [
            Listening::of(&lowered.client).await,
            Listening::of(&removed.client).await,
            Listening::of(&leaving.client).await,
            Listening::of(&program).await,
        ];
        app.until_listening(&company.id, 10).await;

        give_role(&company, &lowered, "EMPLOYEE").await;
        let gone = member(&company, &removed.id).await;
        company.administrator.done("memberRemove", json!({ "id": gone["id"], "version": gone["version"] }), "").await;
        leaving.client.data("mutation { userLogout { userErrors { code } } }", Value::Null).await;
        company.administrator.done("apiKeyRevoke", json!({ "id": made["apiKey"]["id"] }), "").await;
        for (listening, why) in listening.into_iter().zip(["a lower role", "no member", "logged out", "a revoked key"]) {
            listening.ends(why).await;
        }
        // Only theirs; and they are who they are now when they come again.
        let Listening { mut socket, mut events } = staying;
        let booking = company.book("2026-03-03T10:00:00+02:00").await;
        assert_eq!(socket.event().await.expect("an event")["calendarChanged"]["bookingId"], booking.as_str());
        assert_eq!(events.next().await["data"]["calendarChanged"]["bookingId"], booking.as_str());
        is_quiet(&mut open(&lowered.client).await).await;
        let refused = Socket::open_with(&app.client(), payload(&program)).await.err().expect("refused");
        assert_eq!(refused.to_string(), "closed: 4403");
    }
}

harness::api_test! {
    async fn a_page_that_is_taken_off_the_list_of_its_key_is_closed(engine: Engine) {
        let app = watchful(engine).await;
        let company = Company::new(&app).await;
        let (kept, dropped) = ("https://salon.example", "https://old.salon.example");
        let input = json!({ "name": "Сайт", "kind": "PUBLISHABLE", "origins": [kept, dropped] });
        let made = company.administrator.done("apiKeyCreate", input, "key apiKey { id }").await;
        let page = app.client().with_token(made["key"].as_str().expect("a key"));
        let on = async |headers: &[(&'static str, &str)]| {
            let socket = Socket::connect(&page, "", headers).await.expect("a socket");
            socket.greet(payload(&page)).await.expect("acknowledged")
        };
        let (mut stays, mut goes) = (on(&[("origin", kept)]).await, on(&[("origin", dropped)]).await);
        let mut program = on(&[]).await;
        company.administrator.done("apiKeyUpdate", json!({ "id": made["apiKey"]["id"], "origins": [kept] }), "").await;
        assert_eq!(goes.closed().await.expect("closed"), (4403, "Forbidden".to_owned()));
        is_quiet(&mut stays).await;
        is_quiet(&mut program).await;
    }
}

harness::api_test! {
    async fn an_operation_does_not_wait_for_the_next_look(engine: Engine) {
        let app = App::start_with(engine, |config| config.graphql.socket_check_seconds = 3600).await.expect("an app");
        let company = Company::new(&app).await;
        let origin = "https://old.salon.example";
        let input = json!({ "name": "Сайт", "kind": "PUBLISHABLE", "origins": [origin] });
        let made = company.administrator.done("apiKeyCreate", input, "key apiKey { id }").await;
        let page = app.client().with_token(made["key"].as_str().expect("a key"));
        let socket = Socket::connect(&page, "", &[("origin", origin)]).await.expect("a socket");
        let mut socket = socket.greet(payload(&page)).await.expect("acknowledged");
        let change = json!({ "id": made["apiKey"]["id"], "origins": ["https://salon.example"] });
        company.administrator.done("apiKeyUpdate", change, "").await;
        ask(&mut socket, "1", "{ services(first: 1) { totalCount } }").await;
        let told = next(&mut socket).await;
        assert_eq!((&told["type"], &told["payload"][0]["extensions"]["code"]), (&json!("error"), &json!("FORBIDDEN")));
    }
}

harness::api_test! {
    async fn each_event_is_for_who_they_are_when_it_happens(engine: Engine) {
        // Nobody looks at sessions here: what is shown is the look before each event.
        let app = App::start_with(engine, |config| config.graphql.socket_check_seconds = 3600).await.expect("an app");
        let company = Company::new(&app).await;
        let person = company.hire_user("MANAGER").await;
        let query = "subscription { calendarChanged { kind bookingId booking { id client { id phones } } } }";
        let mut socket = open(&person.client).await;
        ask(&mut socket, "1", query).await;
        let mut events = Events::open(&person.client, query).await;
        app.until_listening(&company.id, 2).await;
        let seen = company.book("2026-03-03T10:00:00+02:00").await;
        let told = socket.event().await.expect("an event")["calendarChanged"].clone();
        assert_eq!((&told["bookingId"], &told["booking"]["client"]["phones"]), (&json!(seen), &json!(["+380501234567"])));
        assert_eq!(events.next().await["data"]["calendarChanged"], told);

        // From now on only the own calendar, and no phones.
        give_role(&company, &person, "EMPLOYEE").await;
        be_staff(&company, 1, &person.id).await;
        // That people changed is word for everybody.
        for told in [next(&mut socket).await["payload"].clone(), events.next().await] {
            assert_eq!(told["data"]["calendarChanged"]["kind"], "SETTINGS", "{told}");
        }
        company.book("2026-03-03T11:00:00+02:00").await;
        let mut visit = company.visit("2026-03-03T13:00:00+02:00");
        visit["lines"][0]["staffId"] = json!(company.staff[1]);
        let own = harness::create(&company.administrator, "bookingCreate", "booking", visit).await;
        for told in [next(&mut socket).await["payload"].clone(), events.next().await] {
            let change = &told["data"]["calendarChanged"];
            assert_eq!((&change["bookingId"], &change["booking"]["id"]), (&json!(own), &json!(own)), "{told}");
            assert!(change["booking"]["client"]["phones"].is_null(), "{told}");
            assert_eq!(told["errors"][0]["extensions"]["code"], "FORBIDDEN", "{told}");
        }

        // Nobody's any more.
        let gone = member(&company, &person.id).await;
        company.administrator.done("memberRemove", json!({ "id": gone["id"], "version": gone["version"] }), "").await;
        let mut visit = company.visit("2026-03-03T15:00:00+02:00");
        visit["lines"][0]["staffId"] = json!(company.staff[1]);
        let mut other = open(&company.administrator).await;
        ask(&mut other, "1", CHANGES).await;
        app.until_listening(&company.id, 3).await;
        harness::create(&company.administrator, "bookingCreate", "booking", visit).await;
        other.event().await.expect("an event");
        is_quiet(&mut socket).await;
    }
}
