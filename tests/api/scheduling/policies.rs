//! What a booking waits for, what calling it off costs, how it may be moved, and what staying away costs: as agreed when it
//! was booked, whatever is changed later.

use chrono::TimeDelta;
use harness::{App, Client, Company, create, key};
use serde_json::{Value, json};

use super::{at, instant, kyiv, version, visit};

const BOOKED: &str = "booking { id version status awaits pendingUntil prepayment { amountMinor } cancellationFee { amountMinor }
    depositKept clientReschedules startsAt policy { cancellationDeadlines { at hoursBefore fee { amountMinor } keepsDeposit
    refused } rescheduleUntil noShowFee { amountMinor } } }";

/// Changes what the company's service asks of its bookings.
async fn rules(company: &Company, rules: Value) {
    let version = version(company, "service", &company.service).await;
    let input = json!({ "id": company.service, "version": version, "rules": rules });
    company.administrator.done("serviceUpdate", input, "service { version }").await;
}

/// A policy with a half from a day before on and all of it from two hours before on, and the choice of it as the default.
async fn usual_policy(company: &Company, more: Value) -> String {
    let mut input = json!({
        "name": { "uk": format!("Звичайна {}", key()) },
        "tiers": [
            { "hoursBefore": 2, "fee": { "kind": "FULL" }, "keepsDeposit": true },
            { "hoursBefore": 24, "fee": { "kind": "PERCENT", "percentBp": 5000 } },
        ],
        "noShowFee": { "kind": "FIXED", "amountMinor": 20_000 }, "noShowKeepsDeposit": true,
        "rescheduleHours": 12, "maxReschedules": 2,
    });
    if let (Some(input), Value::Object(more)) = (input.as_object_mut(), more) {
        input.extend(more);
    }
    let id = create(&company.administrator, "cancellationPolicyCreate", "cancellationPolicy", input).await;
    company.administrator.done("cancellationPolicySetDefault", json!({ "id": id }), "cancellationPolicy { id }").await;
    id
}

/// Somebody of the company whose login outlives a clock that is moved by hours.
async fn reception(company: &Company) -> Client {
    company.key_with(&["bookings.all", "bookings.book"]).await
}

/// Books as a client does, on the company's page.
async fn book_online(page: &Client, company: &Company, start: &str) -> Value {
    let mut input = at(&visit(company, 0), start);
    input["client"] = json!({ "name": "Гість", "email": format!("{}@example.com", key()) });
    page.done("bookingCreate", input, BOOKED).await["booking"].clone()
}

/// Books as staff do.
async fn book(staff: &Client, company: &Company, start: &str) -> Value {
    let mut input = at(&visit(company, 0), start);
    input["clientId"] = json!(company.visitor);
    staff.done("bookingCreate", input, BOOKED).await["booking"].clone()
}

fn edit(booking: &Value, more: Value) -> Value {
    let mut input = json!({ "id": booking["id"], "version": booking["version"] });
    if let (Some(input), Value::Object(more)) = (input.as_object_mut(), more) {
        input.extend(more);
    }
    input
}

fn ending(booking: &Value, more: Value) -> Value {
    let mut input = edit(booking, json!({ "reason": "CLIENT_REQUEST", "idempotencyKey": key() }));
    if let (Some(input), Value::Object(more)) = (input.as_object_mut(), more) {
        input.extend(more);
    }
    input
}

async fn read(staff: &Client, booking: &Value, selection: &str) -> Value {
    let query = format!("query($id: ID!) {{ booking(id: $id) {{ {selection} }} }}");
    staff.data(&query, json!({ "id": booking["id"] })).await["booking"].clone()
}

/// Reads until the booking has this status: jobs run beside the test.
async fn until(staff: &Client, booking: &Value, status: &str) -> Value {
    for _ in 0..2_000 {
        let now = read(staff, booking, "status cancelReason awaits pendingUntil").await;
        if now["status"] == status {
            return now;
        }
        tokio::task::yield_now().await;
    }
    panic!("it never became {status}")
}

harness::api_test! {
    async fn a_booking_waits_for_approval_and_prepayment_in_any_order(app: &App) {
        let company = Company::new(app).await;
        rules(&company, json!({ "approvalRequired": true, "prepayment": { "kind": "PERCENT", "percentBp": 3_000 } })).await;
        let page = company.publishable().await;
        for (first, second, starts) in [
            ("bookingConfirm", "bookingPrepaymentReceive", "2026-03-10T10:00:00+02:00"),
            ("bookingPrepaymentReceive", "bookingConfirm", "2026-03-10T12:00:00+02:00"),
        ] {
            let booking = book_online(&page, &company, starts).await;
            assert_eq!(booking["status"], "PENDING");
            assert_eq!(booking["awaits"], json!(["APPROVAL", "PREPAYMENT"]));
            assert_eq!(booking["prepayment"]["amountMinor"], 15_000);
            // A day by default, from Monday 10:00 in Kyiv.
            assert_eq!(instant(&booking["pendingUntil"]), kyiv("2026-03-03T10:00:00+02:00"));
            let input = |name: &str, booking: &Value| {
                edit(booking, if name == "bookingConfirm" { json!({}) } else { json!({ "idempotencyKey": key() }) })
            };
            let once = company.administrator.done(first, input(first, &booking), BOOKED).await["booking"].clone();
            assert_eq!(once["status"], "PENDING");
            assert_eq!(once["awaits"].as_array().map(Vec::len), Some(1));
            let twice = company.administrator.mutate(first, input(first, &once), BOOKED).await;
            assert_eq!(twice.refusals(), ["NOT_AWAITED"]);
            let both = company.administrator.done(second, input(second, &once), BOOKED).await["booking"].clone();
            assert_eq!(both["status"], "CONFIRMED");
            assert_eq!((&both["awaits"], &both["pendingUntil"]), (&json!([]), &Value::Null));
        }
        // Staff book without either.
        let by_staff = book(&company.administrator, &company, "2026-03-10T14:00:00+02:00").await;
        assert_eq!(by_staff["status"], "CONFIRMED");
    }
}

harness::api_test! {
    async fn a_service_may_need_no_approval_where_the_company_does(app: &App) {
        let company = Company::new(app).await;
        let version = company.administrator.data("{ company { version } }", Value::Null).await["company"]["version"].clone();
        let input = json!({ "version": version, "approvalRequired": true });
        company.administrator.done("companyUpdate", input, "company { version }").await;
        let page = company.publishable().await;
        let first = book_online(&page, &company, "2026-03-10T10:00:00+02:00").await;
        assert_eq!(first["awaits"], json!(["APPROVAL"]));
        rules(&company, json!({ "approvalRequired": false })).await;
        let second = book_online(&page, &company, "2026-03-10T12:00:00+02:00").await;
        assert_eq!((&second["status"], &second["awaits"]), (&json!("CONFIRMED"), &json!([])));
        rules(&company, json!({ "approvalRequired": null })).await;
        assert_eq!(book_online(&page, &company, "2026-03-10T14:00:00+02:00").await["status"], "PENDING");
    }
}

harness::api_test! {
    async fn what_is_not_agreed_in_time_is_declined_by_itself(engine: Engine) {
        let app = App::start(engine).await.expect("an app");
        let company = Company::new(&app).await;
        let version = company.administrator.data("{ company { version } }", Value::Null).await["company"]["version"].clone();
        let settings = json!({ "version": version, "approvalRequired": true, "pendingMinutes": 90 });
        company.administrator.done("companyUpdate", settings, "company { version }").await;
        let page = company.publishable().await;
        let forgotten = book_online(&page, &company, "2026-03-10T10:00:00+02:00").await;
        let agreed = book_online(&page, &company, "2026-03-10T12:00:00+02:00").await;
        // At latest when the visit would start.
        let soon = book_online(&page, &company, "2026-03-02T11:00:00+02:00").await;
        assert_eq!(instant(&soon["pendingUntil"]), kyiv("2026-03-02T11:00:00+02:00"));
        assert_eq!(instant(&forgotten["pendingUntil"]), kyiv("2026-03-02T11:30:00+02:00"));
        company.administrator.done("bookingConfirm", edit(&agreed, json!({})), BOOKED).await;
        let staff = reception(&company).await;
        app.clock.advance(TimeDelta::minutes(90));
        for booking in [&forgotten, &soon] {
            let ended = until(&staff, booking, "DECLINED").await;
            assert_eq!(ended["cancelReason"], "TIMEOUT");
            assert_eq!((&ended["awaits"], &ended["pendingUntil"]), (&json!([]), &Value::Null));
        }
        assert_eq!(read(&staff, &agreed, "status").await["status"], "CONFIRMED");
        // Its time is free again.
        assert_eq!(book_online(&page, &company, "2026-03-10T10:00:00+02:00").await["status"], "PENDING");
    }
}

harness::api_test! {
    async fn calling_off_costs_what_was_agreed_then(engine: Engine) {
        let app = App::start(engine).await.expect("an app");
        let company = Company::new(&app).await;
        let policy = usual_policy(&company, json!({})).await;
        let admin = &company.administrator;
        let staff = reception(&company).await;
        let first = book(admin, &company, "2026-03-04T10:00:00+02:00").await;
        let deadlines = &first["policy"]["cancellationDeadlines"];
        assert_eq!(instant(&deadlines[0]["at"]), kyiv("2026-03-03T10:00:00+02:00"));
        assert_eq!((&deadlines[0]["fee"]["amountMinor"], &deadlines[0]["keepsDeposit"]), (&json!(25_000), &json!(false)));
        assert_eq!(instant(&deadlines[1]["at"]), kyiv("2026-03-04T08:00:00+02:00"));
        assert_eq!((&deadlines[1]["fee"]["amountMinor"], &deadlines[1]["keepsDeposit"]), (&json!(50_000), &json!(true)));
        let second = book(admin, &company, "2026-03-04T12:00:00+02:00").await;
        let third = book(admin, &company, "2026-03-04T14:00:00+02:00").await;
        let fourth = book(admin, &company, "2026-03-04T16:00:00+02:00").await;

        // What is changed later changes nothing that is booked.
        let harsh = json!({
            "id": policy, "version": 1, "tiers": [{ "hoursBefore": 8_000, "fee": { "kind": "FULL" } }], "lateCancellation": "REFUSED",
        });
        admin.done("cancellationPolicyUpdate", harsh, "cancellationPolicy { version }").await;
        assert_eq!(read(&staff, &first, "policy { cancellationDeadlines { hoursBefore } }").await["policy"]["cancellationDeadlines"],
            json!([{ "hoursBefore": 24 }, { "hoursBefore": 2 }]));

        // The preview is right for any instant, and the very deadline is in time.
        let preview = "at0: cancellationTerms(at: \"2026-03-03T10:00:00+02:00\") { allowed fee { amountMinor } keepsDeposit freeUntil }
            at1: cancellationTerms(at: \"2026-03-03T10:00:01+02:00\") { allowed fee { amountMinor } keepsDeposit freeUntil }
            at2: cancellationTerms(at: \"2026-03-04T09:00:00+02:00\") { allowed fee { amountMinor } keepsDeposit freeUntil }";
        let shown = read(&staff, &first, preview).await;
        assert_eq!(shown["at0"]["fee"]["amountMinor"], 0);
        assert_eq!(instant(&shown["at0"]["freeUntil"]), kyiv("2026-03-03T10:00:00+02:00"));
        assert_eq!((&shown["at1"]["fee"]["amountMinor"], &shown["at1"]["freeUntil"]), (&json!(25_000), &Value::Null));
        assert_eq!((&shown["at2"]["fee"]["amountMinor"], &shown["at2"]["keepsDeposit"]), (&json!(50_000), &json!(true)));

        app.clock.advance(TimeDelta::hours(25));
        let late = staff.done("bookingCancel", ending(&first, json!({ "initiator": "CLIENT" })), BOOKED).await;
        assert_eq!(late["booking"]["cancellationFee"]["amountMinor"], 25_000);
        let free = staff.done("bookingCancel", ending(&second, json!({})), BOOKED).await;
        assert_eq!((&free["booking"]["cancellationFee"], &free["booking"]["depositKept"]), (&Value::Null, &json!(false)));
        let in_time = staff.done("bookingCancel", ending(&fourth, json!({ "initiator": "CLIENT" })), BOOKED).await;
        assert_eq!(in_time["booking"]["cancellationFee"], Value::Null);
        app.clock.advance(TimeDelta::hours(26));
        let charged = staff.done("bookingCancel", ending(&third, json!({ "charge": true })), BOOKED).await;
        assert_eq!(charged["booking"]["cancellationFee"]["amountMinor"], 50_000);
        assert_eq!(charged["booking"]["depositKept"], true);
    }
}

harness::api_test! {
    async fn a_client_may_be_refused_and_staff_never(app: &App) {
        let company = Company::new(app).await;
        usual_policy(&company, json!({ "lateCancellation": "REFUSED" })).await;
        let admin = &company.administrator;
        let booking = book(admin, &company, "2026-03-03T09:00:00+02:00").await;
        let terms = read(admin, &booking, "cancellationTerms { allowed rescheduleAllowed reschedulesLeft }").await;
        assert_eq!(terms["cancellationTerms"], json!({ "allowed": false, "rescheduleAllowed": true, "reschedulesLeft": 2 }));
        let refused = admin.mutate("bookingCancel", ending(&booking, json!({ "initiator": "CLIENT" })), BOOKED).await;
        assert_eq!(refused.refusals(), ["CANCEL_TOO_LATE"]);
        assert_eq!(read(admin, &booking, "status").await["status"], "CONFIRMED");
        let done = admin.done("bookingCancel", ending(&booking, json!({})), BOOKED).await;
        assert_eq!(done["booking"]["status"], "CANCELLED");
    }
}

harness::api_test! {
    /// Each visit of a series is called off for what it would cost alone: of three days in a row the first is late.
    async fn calling_off_a_series_is_free_charged_or_refused_as_one_visit_is(app: &App) {
        const CANCELLED: &str = "occurrences { booking { status cancellationFee { amountMinor } } } current { id }";
        let ending = |first: &Value, more: Value| {
            let mut input = json!({
                "bookingId": first["id"], "version": first["version"], "scope": "ALL", "reason": "CLIENT_REQUEST",
                "idempotencyKey": key(),
            });
            input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            input
        };
        let fees = |done: &Value| -> Vec<Value> {
            let visits = done["occurrences"].as_array().expect("visits").iter();
            visits.map(|one| one["booking"]["cancellationFee"]["amountMinor"].clone()).collect()
        };
        for (policy, more, expected) in [
            (json!({}), json!({}), [json!(null), json!(null), json!(null)]),
            (json!({}), json!({ "charge": true }), [json!(25_000), json!(null), json!(null)]),
            (json!({}), json!({ "initiator": "CLIENT" }), [json!(25_000), json!(null), json!(null)]),
            (json!({ "lateCancellation": "REFUSED" }), json!({}), [json!(null), json!(null), json!(null)]),
        ] {
            let company = Company::new(app).await;
            usual_policy(&company, policy).await;
            let first = three_days(&company).await;
            let done = company.administrator.done("bookingSeriesCancel", ending(&first, more), CANCELLED).await;
            assert_eq!(fees(&done), expected);
        }
        let company = Company::new(app).await;
        usual_policy(&company, json!({ "lateCancellation": "REFUSED" })).await;
        let first = three_days(&company).await;
        let on_the_clients_wish = ending(&first, json!({ "initiator": "CLIENT" }));
        let refused = company.administrator.mutate("bookingSeriesCancel", on_the_clients_wish, CANCELLED).await;
        assert_eq!(refused.refusals(), ["CANCEL_TOO_LATE"]);
        assert_eq!(refused.value()["current"]["id"], first["id"]);
        let left = "{ bookings(first: 1, filter: { statuses: [CONFIRMED] }) { totalCount } }";
        assert_eq!(company.administrator.data(left, Value::Null).await["bookings"]["totalCount"], 3);
    }
}

/// A series of three days from tomorrow at nine on: its first visit.
async fn three_days(company: &Company) -> Value {
    let mut input = super::series::series(company, "2026-03-03", "FREQ=DAILY;COUNT=3");
    input["time"] = json!("09:00");
    let made = company.administrator.done("bookingSeriesCreate", input, "occurrences { booking { id version } }").await;
    made["occurrences"][0]["booking"].clone()
}

harness::api_test! {
    async fn a_client_moves_within_their_terms_and_wins_no_time_when_late(engine: Engine) {
        let app = App::start(engine).await.expect("an app");
        let company = Company::new(&app).await;
        usual_policy(&company, json!({})).await;
        let admin = &company.administrator;
        let moving = |booking: &Value, to: &str, initiator: &str| {
            edit(booking, json!({ "startsAt": to, "initiator": initiator, "idempotencyKey": key() }))
        };
        // Late already: the start is 23 hours away.
        let booking = book(admin, &company, "2026-03-03T09:00:00+02:00").await;
        let moved = admin
            .done("bookingReschedule", moving(&booking, "2026-03-20T10:00:00+02:00", "CLIENT"), BOOKED)
            .await["booking"]
            .clone();
        let deadlines = &moved["policy"]["cancellationDeadlines"];
        assert_eq!(instant(&deadlines[0]["at"]), kyiv("2026-03-02T09:00:00+02:00"));
        assert_eq!(instant(&deadlines[1]["at"]), kyiv("2026-03-03T07:00:00+02:00"));
        let terms = read(admin, &moved, "cancellationTerms { fee { amountMinor } }").await;
        assert_eq!(terms["cancellationTerms"]["fee"]["amountMinor"], 25_000);
        assert_eq!(moved["clientReschedules"], 1);

        // In time: the deadlines go with it, and the count is two.
        let other = book(admin, &company, "2026-03-10T10:00:00+02:00").await;
        let other = admin
            .done("bookingReschedule", moving(&other, "2026-03-11T10:00:00+02:00", "CLIENT"), BOOKED)
            .await["booking"]
            .clone();
        assert_eq!(
            instant(&other["policy"]["cancellationDeadlines"][0]["at"]),
            kyiv("2026-03-10T10:00:00+02:00")
        );
        let other = admin
            .done("bookingReschedule", moving(&other, "2026-03-12T10:00:00+02:00", "CLIENT"), BOOKED)
            .await["booking"]
            .clone();
        let third = admin.mutate("bookingReschedule", moving(&other, "2026-03-13T10:00:00+02:00", "CLIENT"), BOOKED).await;
        assert_eq!(third.refusals(), ["RESCHEDULE_LIMIT"]);
        // Staff move as often as they must, and the client's count stands.
        let by_staff = admin
            .done("bookingReschedule", moving(&other, "2026-03-13T10:00:00+02:00", "STAFF"), BOOKED)
            .await["booking"]
            .clone();
        assert_eq!(by_staff["clientReschedules"], 2);

        let last = book(admin, &company, "2026-03-02T18:00:00+02:00").await;
        let too_late = admin.mutate("bookingReschedule", moving(&last, "2026-03-14T10:00:00+02:00", "CLIENT"), BOOKED).await;
        assert_eq!(too_late.refusals(), ["RESCHEDULE_TOO_LATE"]);
        admin.done("bookingReschedule", moving(&last, "2026-03-14T10:00:00+02:00", "STAFF"), BOOKED).await;
    }
}

harness::api_test! {
    async fn staying_away_costs_what_was_agreed_and_the_grace_is_the_companys(engine: Engine) {
        let app = App::start(engine).await.expect("an app");
        let company = Company::new(&app).await;
        let admin = &company.administrator;
        usual_policy(&company, json!({})).await;
        let version = admin.data("{ company { version } }", Value::Null).await["company"]["version"].clone();
        admin.done("companyUpdate", json!({ "version": version, "noShowGraceMinutes": 25 }), "company { version }").await;
        let staff = reception(&company).await;
        let booking = book(admin, &company, "2026-03-02T10:15:00+02:00").await;
        let waived = book(admin, &company, "2026-03-02T11:15:00+02:00").await;
        app.clock.advance(TimeDelta::minutes(39));
        let early = staff.mutate("bookingNoShow", edit(&booking, json!({})), BOOKED).await;
        assert_eq!(early.refusals(), ["NO_SHOW_TOO_EARLY"]);
        app.clock.advance(TimeDelta::minutes(1));
        let missed = staff.done("bookingNoShow", edit(&booking, json!({})), BOOKED).await["booking"].clone();
        assert_eq!((&missed["cancellationFee"]["amountMinor"], &missed["depositKept"]), (&json!(20_000), &json!(true)));
        let back = staff.done("bookingNoShowUndo", edit(&missed, json!({})), BOOKED).await["booking"].clone();
        assert_eq!((&back["status"], &back["cancellationFee"]), (&json!("CONFIRMED"), &Value::Null));
        assert_eq!(back["depositKept"], false);
        app.clock.advance(TimeDelta::hours(1));
        let waived = staff.done("bookingNoShow", edit(&waived, json!({ "waiveFee": true })), BOOKED).await["booking"].clone();
        assert_eq!((&waived["cancellationFee"], &waived["depositKept"]), (&Value::Null, &json!(false)));
        // The booking's own terms are as they were.
        assert_eq!(waived["policy"]["noShowFee"]["amountMinor"], 20_000);
    }
}

harness::api_test! {
    async fn a_policy_in_use_stays(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        let id = usual_policy(&company, json!({})).await;
        let archive = || json!({ "id": id, "version": 1 });
        let refused = admin.mutate("cancellationPolicyArchive", archive(), "cancellationPolicy { id }").await;
        assert_eq!(refused.refusals(), ["IN_USE"]);
        admin.done("cancellationPolicySetDefault", json!({ "id": null }), "cancellationPolicy { id }").await;
        rules(&company, json!({ "cancellationPolicyId": id })).await;
        let query = "query($id: ID!) { service(id: $id) { rules { cancellationPolicy { id isDefault } hasOwnCancellationPolicy } } }";
        let shown = admin.data(query, json!({ "id": company.service })).await;
        assert_eq!(shown["service"]["rules"], json!({
            "cancellationPolicy": { "id": id, "isDefault": false }, "hasOwnCancellationPolicy": true,
        }));
        let refused = admin.mutate("cancellationPolicyArchive", archive(), "cancellationPolicy { id }").await;
        assert_eq!(refused.refusals(), ["IN_USE"]);
        rules(&company, json!({ "cancellationPolicyId": null })).await;
        admin.done("cancellationPolicyArchive", archive(), "cancellationPolicy { archived }").await;
        // The public sees what holds for it, not what was put away.
        let page = company.publishable().await;
        let listed = page.data("{ cancellationPolicies(includeArchived: true) { id } }", Value::Null).await;
        assert_eq!(listed["cancellationPolicies"], json!([]));
    }
}
