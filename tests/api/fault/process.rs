//! The process dies between the commit and the answer: the caller repeats the request and gets the first result.

use std::time::{Duration, Instant};

use harness::{Company, Mailbox, Process, key};
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_zapys");

harness::api_test! {
    async fn a_repeated_key_answers_with_what_a_killed_server_committed(engine: Engine) {
        let storage = engine.storage().await.expect("a database");
        // The server stops for ever right after the commit of a booking.
        let faults = [("FAILPOINTS", "bookings.commit.after=pause")];
        let mut doomed = Process::serve(PROGRAM, &storage, &faults).await.expect("a server");
        let company = Company::at(&doomed.client(), &Mailbox::of(&storage.folder)).await;
        let days = "query($visit: AvailabilityVisitInput!) { availabilityDays(visit: $visit) { days { firstStartsAt } } }";
        let visit = json!({ "locationId": company.location, "lines": [{ "serviceId": company.service }] });
        let days = company.administrator.data(days, json!({ "visit": visit })).await;
        let days = days["availabilityDays"]["days"].as_array().cloned().unwrap_or_default();
        let start = days.iter().skip(2).find_map(|day| day["firstStartsAt"].as_str()).expect("a free start").to_owned();
        let request = json!({
            "locationId": company.location, "startsAt": start, "clientId": company.visitor, "idempotencyKey": key(),
            "lines": [{ "serviceId": company.service, "staffId": company.staff[0] }],
        });

        let (caller, input) = (company.administrator.clone(), request.clone());
        let unanswered = tokio::spawn(async move {
            let query = "mutation($input: BookingCreateInput!) { bookingCreate(input: $input) { booking { id } } }";
            caller.try_run(query, json!({ "input": input })).await
        });
        let committed = booking(&company).await;
        doomed.kill().await.expect("killed");
        assert!(unanswered.await.expect("a task").is_err(), "the caller got an answer, so nothing was shown");

        let server = Process::serve(PROGRAM, &storage, &[]).await.expect("a server");
        let token = company.administrator.token().expect("a token").to_owned();
        let again = server.client().with_token(token);
        let answer = again.done("bookingCreate", request.clone(), "booking { id }").await;
        assert_eq!(answer["booking"]["id"], committed.as_str());
        let count = again.data("{ bookings(first: 10) { totalCount } }", Value::Null).await;
        assert_eq!(count["bookings"]["totalCount"], 1);

        let mut other = request;
        other["clientNote"] = json!("інша заявка");
        let refused = again.mutate("bookingCreate", other, "booking { id }").await;
        assert_eq!(refused.refusals(), ["IDEMPOTENCY_KEY_REUSED@idempotencyKey"]);
    }
}

/// Waits until the one booking can be seen from outside.
async fn booking(company: &Company) -> String {
    let started = Instant::now();
    loop {
        let list = company.administrator.data("{ bookings(first: 10) { nodes { id } } }", Value::Null).await;
        if let Some(id) = list["bookings"]["nodes"][0]["id"].as_str() {
            return id.to_owned();
        }
        assert!(started.elapsed() < Duration::from_secs(20), "the booking was never committed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
