//! The link in a letter: one visit without signing in, for as long as it is the client's to have.

use chrono::TimeDelta;
use harness::{App, Client, Company, Raw, Socket, key};
use serde_json::{Value, json};

use super::{address, book_for, cancelling, card, moving, see, set, visits, wish};
use crate::groups::{Studio, TUESDAY, seats};

/// Whoever has the link.
fn with_link(company: &Company, url: &str) -> Client {
    company.nobody.with_token(url.split_once("#token=").expect("a token").1)
}

fn link(booking: &Value) -> &str {
    booking["manageUrl"].as_str().expect("a link")
}

/// Whether a link opens its booking.
async fn opens(client: &Client, booking: &Value) -> bool {
    let answer = see(client, &booking["id"], "id").await;
    assert!(answer.errors.is_empty() || answer.code() == "UNAUTHENTICATED", "{answer}");
    answer.errors.is_empty()
}

async fn current(company: &Company, booking: &Value) -> Value {
    see(&company.administrator, &booking["id"], "id version manageUrl").await.ok()["booking"].clone()
}

harness::api_test! {
    async fn a_letter_opens_its_visit_and_nothing_else(app: &App) {
        let company = Company::new(app).await;
        let email = address();
        let mine = card(&company, &email).await;
        let booked = book_for(&company, &mine, "2026-03-10T10:00:00+02:00").await;
        let letter = company.mailbox().wait(&email, 1).await.swap_remove(0);
        // The card says no language, so the company's is used.
        assert!(letter.text.contains("Переглянути, перенести чи скасувати візит"), "{}", letter.text);
        let url = format!("{}/manage-booking#token={}", company.nobody.base(), letter.after("/manage-booking#token="));
        assert_eq!(link(&booked), url);
        let other = book_for(&company, &mine, "2026-03-12T10:00:00+02:00").await;

        let client = with_link(&company, &url);
        assert_eq!(visits(&client, "UPCOMING").await, [booked["id"].as_str().unwrap()]);
        assert_eq!(visits(&client, "PAST").await, Vec::<String>::new());
        let seen = client.data("{ clientSelf { name email } company { id } }", Value::Null).await;
        assert_eq!(seen, json!({ "clientSelf": { "name": "Леся Українка", "email": null }, "company": { "id": company.id } }));
        // Another visit of the same client is as unknown as anybody's.
        assert_eq!(see(&client, &other["id"], "id").await.code(), "NOT_FOUND");
        assert_eq!(client.mutate("bookingCancel", cancelling(&other), "booking { id }").await.answer.code(), "NOT_FOUND");
        // It books nothing, has no codes sent, ends no session.
        let refused = [
            client.mutate("bookingCreate", wish(&company, "2026-03-20T10:00:00+02:00"), "booking { id }").await.answer,
            client.mutate("holdCreate", wish(&company, "2026-03-20T10:00:00+02:00"), "token").await.answer,
            client.mutate("clientCodeRequest", json!({ "email": email }), "done").await.answer,
            client.mutate("clientCodeConfirm", json!({ "email": email, "code": "123456" }), "access { token }").await.answer,
            client.run("mutation { clientSignOut { done } }", Value::Null).await,
        ];
        assert_eq!(refused.map(|answer| answer.code()), ["FORBIDDEN"; 5]);

        // It looks for another time, moves there and calls off; and stays the same link all the while.
        let visit = json!({
            "locationId": company.location, "bookingId": booked["id"],
            "lines": [{ "serviceId": company.service, "staffId": company.staff[0] }],
        });
        let query = "query($visit: AvailabilityVisitInput!) {
            availability(visit: $visit, from: \"2026-03-10\", to: \"2026-03-10\") { slots { startsAt } } }";
        let slots = client.data(query, json!({ "visit": visit })).await;
        let start = slots["availability"]["slots"][1]["startsAt"].as_str().expect("a slot").to_owned();
        let moved = client.done("bookingReschedule", moving(&booked, &start), "booking { id version clientReschedules }").await["booking"].clone();
        assert_eq!(moved["clientReschedules"], 1);
        let again = company.mailbox().wait(&email, 3).await;
        assert!(again.iter().filter(|mail| mail.text.contains("/manage-booking#token=")).any(|mail| url.ends_with(&mail.after("#token="))));
        let done = client.done("bookingCancel", cancelling(&moved), "booking { id status }").await;
        assert_eq!(done["booking"]["status"], "CANCELLED");
        assert_eq!(visits(&client, "PAST").await, [booked["id"].as_str().unwrap()]);
        let query = "query($id: ID!) { bookingHistory(bookingId: $id, first: 10) { nodes { name } } }";
        let history = company.administrator.data(query, json!({ "id": booked["id"] })).await.to_string();
        assert!(history.contains("booking.rescheduled") && history.contains("booking.cancelled"), "{history}");
    }
}

harness::api_test! {
    async fn seats_of_a_session_are_called_off_but_not_moved(app: &App) {
        let company = Company::new(app).await;
        let studio = Studio::new(&company).await;
        let session = studio.plan(TUESDAY, 3).await;
        let terms = "cancellationTerms { allowed rescheduleAllowed }";
        let selection = format!("booking {{ id version manageUrl {terms} }}");
        let booked = company.publishable().await.done("bookingCreate", seats(&session, 2), &selection).await["booking"].clone();
        let client = with_link(&company, link(&booked));
        let moved = client.mutate("bookingReschedule", moving(&booked, "2026-03-12T12:00:00+02:00"), "booking { id }").await;
        assert_eq!(moved.refusals(), ["BOOKED_IN_SESSION@id"]);
        // And so it is said before.
        let expected = json!({ "allowed": true, "rescheduleAllowed": false });
        assert_eq!(see(&client, &booked["id"], terms).await.ok()["booking"]["cancellationTerms"], expected);
        client.done("bookingCancel", cancelling(&booked), "booking { status }").await;
        assert_eq!(studio.seats_left(&session).await, 3);
    }
}

harness::api_test! {
    async fn letters_lead_to_the_companys_own_page_in_both_languages(app: &App) {
        let company = Company::new(app).await;
        set(&company, json!({ "clientPageUrl": "https://Salon.example/visit?lang=uk" })).await;
        let seen = company.administrator.data("{ company { clientPageUrl } }", Value::Null).await;
        assert_eq!(seen["company"]["clientPageUrl"], "https://salon.example/visit?lang=uk");
        let page = company.publishable().await;
        for (language, words, start) in [
            ("UK", "Переглянути, перенести чи скасувати візит:", "2026-03-10T10:00:00+02:00"),
            ("EN", "See, move or cancel this visit:", "2026-03-10T12:00:00+02:00"),
        ] {
            let email = address();
            let mut input = wish(&company, start);
            input["client"] = json!({ "name": "Гостя", "email": email, "language": language });
            let booked = page.done("bookingCreate", input, "booking { id manageUrl }").await["booking"].clone();
            let letter = company.mailbox().wait(&email, 1).await.swap_remove(0);
            assert!(letter.text.contains(words), "{}", letter.text);
            let token = letter.after("https://salon.example/visit?lang=uk#token=");
            // Whoever booked has it from the answer already: a page may show it at once.
            assert_eq!(link(&booked), format!("https://salon.example/visit?lang=uk#token={token}"));
            assert!(opens(&company.nobody.with_token(token), &booked).await);
        }
        set(&company, json!({ "clientPageUrl": null })).await;
        let booked = book_for(&company, &company.visitor.clone(), "2026-03-11T10:00:00+02:00").await;
        assert!(link(&booked).starts_with(&format!("{}/manage-booking#token=zbm_", company.nobody.base())), "{booked}");
        // There is a page.
        for (path, kind) in [("/manage-booking", "text/html"), ("/links/visit.js", "text/javascript")] {
            let answer = Raw::send(app.client().base(), "GET", path, &[], "").await;
            assert!(answer.header("content-type").is_some_and(|said| said.starts_with(kind)), "{path}");
        }
    }
}

harness::api_test! {
    async fn a_link_dies_with_the_address_it_was_sent_to(app: &App) {
        let company = Company::new(app).await;
        let (old, new) = (address(), address());
        let mine = card(&company, &old).await;
        let booked = book_for(&company, &mine, "2026-03-10T10:00:00+02:00").await;
        let client = with_link(&company, link(&booked));
        let write = async |version: i32, emails: Value, phones: Value| {
            let change = json!({ "id": mine, "version": version, "emails": emails, "phones": phones });
            company.administrator.done("clientUpdate", change, "client { id }").await;
        };
        // Another one beside it, or in front of it, takes nothing away.
        write(1, json!([new, old]), json!(["067 123 45 67"])).await;
        assert!(opens(&client, &booked).await);
        write(2, json!([new]), json!(["067 123 45 67"])).await;
        assert!(!opens(&client, &booked).await);
        let by_new = with_link(&company, link(&current(&company, &booked).await));
        assert!(opens(&by_new, &booked).await);
        // Who has no address is reached by phone: staff pass the link on.
        write(3, json!([]), json!(["067 123 45 67"])).await;
        assert!(!opens(&by_new, &booked).await);
        let by_phone = with_link(&company, link(&current(&company, &booked).await));
        assert!(opens(&by_phone, &booked).await);
        write(4, json!([]), json!([])).await;
        assert!(!opens(&by_phone, &booked).await);
        assert_eq!(current(&company, &booked).await["manageUrl"], Value::Null);
        // Written back, it is what it was: the address is the client's again.
        write(5, json!([old]), json!([])).await;
        assert!(opens(&client, &booked).await);
    }
}

harness::api_test! {
    async fn staff_take_links_back(app: &App) {
        let company = Company::new(app).await;
        let booked = book_for(&company, &card(&company, &address()).await, "2026-03-10T10:00:00+02:00").await;
        let other = book_for(&company, &company.visitor.clone(), "2026-03-11T10:00:00+02:00").await;
        let client = with_link(&company, link(&booked));
        assert!(opens(&client, &booked).await);
        let selection = "booking { id version manageUrl }";
        let taken = json!({ "id": booked["id"], "version": booked["version"] });
        let now = company.administrator.done("bookingLinkRevoke", taken.clone(), selection).await["booking"].clone();
        assert!(!opens(&client, &booked).await);
        assert!(opens(&with_link(&company, link(&now)), &booked).await);
        assert!(opens(&with_link(&company, link(&other)), &other).await);
        assert_eq!(company.administrator.mutate("bookingLinkRevoke", taken, selection).await.refusals(), ["VERSION_CONFLICT@version"]);
        // Nobody takes back what is not theirs to run.
        let page = company.publishable().await;
        for caller in [page, with_link(&company, link(&now))] {
            let input = json!({ "id": booked["id"], "version": now["version"] });
            assert_eq!(caller.mutate("bookingLinkRevoke", input, selection).await.answer.code(), "FORBIDDEN");
        }
    }
}

harness::api_test! {
    async fn a_link_outlives_its_visit_by_a_month(engine: Engine) {
        let app = App::start(engine).await.expect("an app");
        let company = Company::new(&app).await;
        let booked = book_for(&company, &card(&company, &address()).await, "2026-03-03T10:00:00+02:00").await;
        let client = with_link(&company, link(&booked));
        // It ends on Tuesday at 11 in Kyiv, a day and an hour from now.
        app.clock.advance(TimeDelta::hours(25) + TimeDelta::days(30) - TimeDelta::seconds(1));
        assert!(opens(&client, &booked).await);
        assert_eq!(client.mutate("bookingCancel", cancelling(&booked), "booking { id }").await.refusals(), ["CANCEL_TOO_LATE"]);
        app.clock.advance(TimeDelta::seconds(1));
        assert!(!opens(&client, &booked).await);
    }
}

harness::api_test! {
    async fn a_forged_link_opens_nothing(app: &App) {
        let (ours, theirs) = (Company::new(app).await, Company::new(app).await);
        let booked = book_for(&ours, &card(&ours, &address()).await, "2026-03-10T10:00:00+02:00").await;
        let foreign = book_for(&theirs, &card(&theirs, &address()).await, "2026-03-10T10:00:00+02:00").await;
        let token = link(&booked).split_once("#token=").unwrap().1.to_owned();
        let other = link(&foreign).split_once("#token=").unwrap().1.to_owned();
        // One's ids and the other's proof: 64 bytes in base64url, of which the last 32 prove.
        let mixed = format!("{}{}", &token[..4 + 43], &other[4 + 43..]);
        for wrong in [mixed, token.replace("zbm_", "zcb_"), format!("{token}A"), token[..token.len() - 1].to_owned(), "zbm_".to_owned()] {
            let answer = ours.nobody.with_token(wrong.clone()).run("{ clientSelf { name } }", Value::Null).await;
            assert_eq!((answer.status, answer.code().as_str()), (401, "UNAUTHENTICATED"), "{wrong}");
        }
        // In an address it would stand in logs and histories.
        let answer = ours.nobody.post(&format!("/graphql?token={token}")).json(&json!({ "query": "{ clientSelf { name } }" }));
        assert_eq!(answer.send().await.unwrap().status(), 400);
        // With the right one the other company stays as far away as ever.
        let client = with_link(&ours, link(&booked));
        assert_eq!(see(&client, &foreign["id"], "id").await.code(), "NOT_FOUND");
        let input = json!({ "id": booked["id"], "version": 1, "startsAt": "2026-03-11T10:00:00+02:00", "idempotencyKey": key(),
            "lines": [{ "lineId": "bln_01h455vb4pex5vsknk084sn02q", "staffId": theirs.staff[0] }] });
        assert_eq!(client.mutate("bookingReschedule", input, "booking { id }").await.answer.code(), "NOT_FOUND");
    }
}

harness::api_test! {
    async fn a_link_is_shown_with_each_request(engine: Engine) {
        let app = App::start_with(engine, |config| config.graphql.socket_check_seconds = 1).await.expect("an app");
        let company = Company::new(&app).await;
        let booked = book_for(&company, &card(&company, &address()).await, "2026-03-10T10:00:00+02:00").await;
        let client = with_link(&company, link(&booked));
        assert!(opens(&client, &booked).await);
        // A socket is looked at when nobody shows anything any more: there a link is good for nothing.
        let mut socket = Socket::open(&client).await.expect("a socket");
        assert_eq!(socket.closed().await.expect("closed"), (4403, "Forbidden".to_owned()));
    }
}
