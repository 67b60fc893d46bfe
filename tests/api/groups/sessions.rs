//! Sessions: they take their person like a visit, and what happens to them happens to all who come.

use chrono::TimeDelta;
use harness::{App, Client, Company, key};
use serde_json::{Value, json};

use super::{Studio, TUESDAY, WEDNESDAY, book, cancelling, held, same, seats, with_token};

harness::api_test! {
    async fn it_takes_its_person_once_for_all_who_come(app: &App) {
        let company = Company::new(app).await;
        let studio = Studio::new(&company).await;
        let administrator = &company.administrator;
        let wish = studio.session(TUESDAY, 2);
        let first = administrator.done("groupSessionCreate", wish.clone(), "groupSession { id }").await;
        assert_eq!(administrator.done("groupSessionCreate", wish, "groupSession { id }").await, first, "planned twice");
        let session = first["groupSession"]["id"].as_str().expect("an id").to_owned();
        for _ in 0..2 {
            book(administrator, &session, 1).await;
        }
        let half_past = "2026-03-10T12:30:00+02:00";
        let second = administrator.mutate("groupSessionCreate", studio.session(half_past, 2), "groupSession { id }").await;
        assert_eq!(second.refusals(), ["SLOT_TAKEN@startsAt"]);
        studio.plan("2026-03-10T13:00:00+02:00", 2).await;

        // A visit cannot be had of a service for groups, nor a session of another.
        let mut visit = company.visit(WEDNESDAY);
        visit["lines"] = json!([{ "serviceId": studio.service }]);
        let visit = administrator.mutate("bookingCreate", visit, "booking { id }").await;
        assert_eq!(visit.refusals(), ["SERVICE_NOT_BOOKABLE@lines.0.serviceId"]);

        let cancel = json!({
            "id": session, "version": studio.version(&session).await, "reason": "OTHER", "idempotencyKey": key(),
        });
        administrator.done("groupSessionCancel", cancel, "groupSession { status }").await;
        studio.plan(TUESDAY, 2).await;
    }
}

harness::api_test! {
    async fn its_person_is_not_free_for_visits(app: &App) {
        let company = Company::new(app).await;
        let studio = Studio::new(&company).await;
        // The first of the staff holds a class too.
        let administrator = &company.administrator;
        let query = "query($id: ID!) { staffMember(id: $id) { version } }";
        let now = administrator.data(query, json!({ "id": company.staff[0] })).await;
        let both = json!([{ "serviceId": company.service }, { "serviceId": studio.service }]);
        let both = json!({ "id": company.staff[0], "version": now["staffMember"]["version"], "services": both });
        administrator.done("staffMemberUpdate", both, "staffMember { id }").await;
        let mut session = studio.session(TUESDAY, 5);
        session["staffId"] = json!(company.staff[0]);
        administrator.done("groupSessionCreate", session.clone(), "groupSession { id }").await;
        let visit = administrator.mutate("bookingCreate", company.visit(TUESDAY), "booking { id }").await;
        assert_eq!(visit.refusals(), ["SLOT_TAKEN@startsAt"]);

        company.book(WEDNESDAY).await;
        session["startsAt"] = json!(WEDNESDAY);
        session["idempotencyKey"] = json!(key());
        let beside = administrator.mutate("groupSessionCreate", session, "groupSession { id }").await;
        assert_eq!(beside.refusals(), ["SLOT_TAKEN@startsAt"]);
    }
}

harness::api_test! {
    async fn a_move_takes_everybody_along_or_moves_nobody(app: &App) {
        let company = Company::new(app).await;
        let studio = Studio::new(&company).await;
        let administrator = &company.administrator;
        let session = studio.plan(TUESDAY, 5).await;
        let page = company.publishable().await;
        for party in [1, 2] {
            book(&page, &session, party).await;
        }
        let token = page.done("groupSessionHold", held(&session, 1), "token").await["token"].clone();
        let taken = studio.plan(WEDNESDAY, 5).await;
        let moving = |starts_at: &str| json!({
            "id": session, "version": 1, "startsAt": starts_at, "idempotencyKey": key(),
        });
        let refused = administrator.mutate("groupSessionReschedule", moving(WEDNESDAY), "groupSession { id }").await;
        assert_eq!(refused.refusals(), ["SLOT_TAKEN@startsAt"]);
        let stands = studio.see(&session).await;
        assert_eq!(stands["version"], 1);
        assert!(stands["roster"].as_array().expect("a roster").iter().all(|seat| same(&seat["startsAt"], TUESDAY)));

        // Half an hour later overlaps only with itself.
        let later = "2026-03-10T12:30:00+02:00";
        let wish = moving(later);
        for _ in 0..2 {
            let moved = administrator.done("groupSessionReschedule", wish.clone(), "groupSession { version startsAt }").await;
            assert_eq!(moved["groupSession"]["version"], 2);
        }
        let stands = studio.see(&session).await;
        assert!(same(&stands["startsAt"], later));
        assert_eq!(stands["roster"].as_array().map(Vec::len), Some(2));
        assert!(stands["roster"].as_array().expect("a roster").iter().all(|seat| same(&seat["startsAt"], later)));
        let booked = page.done("bookingCreate", with_token(&token), "booking { startsAt }").await;
        assert!(same(&booked["booking"]["startsAt"], later), "{booked}");
        assert_eq!(studio.see(&session).await["seatsTaken"], 4);
        assert_eq!(studio.see(&taken).await["seatsTaken"], 0);
    }
}

harness::api_test! {
    async fn called_off_it_ends_its_bookings_and_holds(app: &App) {
        let company = Company::new(app).await;
        let studio = Studio::new(&company).await;
        let session = studio.plan(TUESDAY, 5).await;
        let page = company.publishable().await;
        let mut wish = seats(&session, 1);
        let address = format!("{}@example.com", uuid::Uuid::new_v4().simple());
        wish["client"]["email"] = json!(address);
        let booking = page.done("bookingCreate", wish, "booking { id }").await["booking"]["id"].clone();
        company.mailbox().wait(&address, 1).await;
        let token = page.done("groupSessionHold", held(&session, 1), "token").await["token"].clone();
        let cancel = json!({
            "id": session, "version": 1, "reason": "STAFF_UNAVAILABLE", "note": "Тренерка захворіла",
            "idempotencyKey": key(),
        });
        for _ in 0..2 {
            let done = company.administrator.done("groupSessionCancel", cancel.clone(), "groupSession { status seatsTaken }").await;
            assert_eq!(done["groupSession"], json!({ "status": "CANCELLED", "seatsTaken": 0 }));
        }
        let query = "query($id: ID!) { booking(id: $id) { status cancelReason cancelNote } }";
        let ended = company.administrator.data(query, json!({ "id": booking })).await["booking"].clone();
        let expected = json!({
            "status": "CANCELLED", "cancelReason": "STAFF_UNAVAILABLE", "cancelNote": "Тренерка захворіла",
        });
        assert_eq!(ended, expected);
        company.mailbox().wait(&address, 2).await;
        let late = page.mutate("bookingCreate", with_token(&token), "booking { id }").await;
        assert_eq!(late.refusals(), ["HOLD_ENDED@holdToken"]);
        let late = page.mutate("bookingCreate", seats(&session, 1), "booking { id }").await;
        assert_eq!(late.refusals(), ["SESSION_NOT_OPEN@groupSessionId"]);
    }
}

harness::api_test! {
    async fn there_are_never_fewer_seats_than_taken_unless_forced(app: &App) {
        let company = Company::new(app).await;
        let studio = Studio::new(&company).await;
        let session = studio.plan(TUESDAY, 5).await;
        let booking = book(&company.administrator, &session, 3).await;
        let mut fewer = json!({ "id": session, "version": 1, "capacity": 2 });
        let refused = company.administrator.mutate("groupSessionUpdate", fewer.clone(), "groupSession { id }").await;
        assert_eq!(refused.refusals(), ["SEATS_TAKEN@capacity"]);
        fewer["force"] = json!(true);
        let selection = "groupSession { capacity seatsTaken seatsLeft }";
        let forced = company.administrator.done("groupSessionUpdate", fewer, selection).await;
        assert_eq!(forced["groupSession"], json!({ "capacity": 2, "seatsTaken": 3, "seatsLeft": 0 }));
        let full = company.administrator.mutate("bookingCreate", seats(&session, 1), "booking { id }").await;
        assert_eq!(full.refusals(), ["SESSION_FULL@groupSessionId"]);
        company.administrator.done("bookingCancel", cancelling(&booking), "booking { id }").await;
        book(&company.administrator, &session, 2).await;
    }
}

harness::api_test! {
    async fn a_roll_call_marks_all_or_nobody(engine: Engine) {
        let app = App::start(engine).await.expect("an app");
        let company = Company::new(&app).await;
        let mut studio = Studio::new(&company).await;
        studio.automate().await;
        // The class is on the day itself: the clock stands at ten.
        let session = studio.plan("2026-03-02T16:00:00+02:00", 3).await;
        let (came, missed) =
            (book(&studio.desk, &session, 2).await, book(&studio.desk, &session, 1).await);
        let call = |marks: Value| json!({ "id": session, "marks": marks });
        let mark = |booking: &Value, came: bool| json!({ "bookingId": booking["id"], "came": came });
        let both = call(json!([mark(&came, true), mark(&missed, false)]));
        let desk = &studio.desk;
        let early = desk.mutate("groupSessionAttendanceMark", both.clone(), "groupSession { id }").await;
        assert_eq!(early.refusals(), ["NO_SHOW_TOO_EARLY@marks.1.bookingId"]);
        assert_eq!(statuses(&studio, &session).await, ["CONFIRMED", "CONFIRMED"], "a half of it was written");

        app.clock.advance(TimeDelta::hours(6) + TimeDelta::minutes(15));
        for _ in 0..2 {
            let marked = desk.done("groupSessionAttendanceMark", both.clone(), "groupSession { seatsTaken }").await;
            assert_eq!(marked["groupSession"]["seatsTaken"], 2, "the seat of who did not come is free");
        }
        assert_eq!(statuses(&studio, &session).await, ["ARRIVED", "NO_SHOW"]);
        desk.done("groupSessionAttendanceMark", call(json!([mark(&missed, true)])), "groupSession { id }").await;
        assert_eq!(studio.see(&session).await["seatsTaken"], 3);
        assert_eq!(statuses(&studio, &session).await, ["ARRIVED", "CONFIRMED"]);
        desk.done("groupSessionAttendanceMark", call(json!([mark(&missed, false)])), "groupSession { id }").await;

        let over = json!({ "id": session, "version": 1 });
        desk.done("groupSessionComplete", over, "groupSession { status }").await;
        assert_eq!(statuses(&studio, &session).await, ["COMPLETED", "NO_SHOW"]);
        // What was left of the hour is free again.
        studio.plan("2026-03-02T16:15:00+02:00", 3).await;
    }
}

async fn statuses(studio: &Studio<'_>, session: &str) -> Vec<String> {
    let roster = studio.see(session).await["roster"].as_array().expect("a roster").clone();
    roster.iter().map(|seat| seat["status"].as_str().expect("a status").to_owned()).collect()
}

harness::api_test! {
    async fn everybody_sees_what_is_theirs_to_see(app: &App) {
        let company = Company::new(app).await;
        let studio = Studio::new(&company).await;
        let page = company.publishable().await;
        let shown = studio.plan(TUESDAY, 5).await;
        let hidden = |visibility: &str, starts_at: &str| {
            let mut session = studio.session(starts_at, 5);
            session["visibility"] = json!(visibility);
            session
        };
        let administrator = &company.administrator;
        let linked = harness::create(administrator, "groupSessionCreate", "groupSession", hidden("LINK", WEDNESDAY)).await;
        let internal = hidden("STAFF", "2026-03-12T12:00:00+02:00");
        let internal = harness::create(administrator, "groupSessionCreate", "groupSession", internal).await;
        assert_eq!(listed(&page).await, std::slice::from_ref(&shown));
        assert_eq!(listed(administrator).await, [shown.clone(), linked.clone(), internal.clone()]);
        let one = "query($id: ID!) { groupSession(id: $id) { seatsLeft roster { id } } }";
        let seen = page.run(one, json!({ "id": linked })).await;
        assert_eq!(seen.data["groupSession"], json!({ "seatsLeft": 5, "roster": null }));
        assert_eq!(seen.code(), "FORBIDDEN", "the roster is nobody's business");
        assert_eq!(page.run(one, json!({ "id": internal })).await.code(), "NOT_FOUND");
        let refused = page.mutate("bookingCreate", seats(&internal, 1), "booking { id }").await;
        assert_eq!(refused.answer.code(), "NOT_FOUND");

        // Somebody of the staff who holds none of them sees none.
        let employee = company.hire_user("EMPLOYEE").await;
        crate::calendar::be_staff(&company, 1, &employee.id).await;
        assert_eq!(listed(&employee.client).await, Vec::<String>::new());
        assert_eq!(employee.client.run(one, json!({ "id": shown })).await.code(), "NOT_FOUND");
        let change = json!({ "id": shown, "version": 1, "capacity": 9 });
        let refused = employee.client.mutate("groupSessionUpdate", change, "groupSession { id }").await;
        assert_eq!(refused.answer.code(), "NOT_FOUND");
    }
}

async fn listed(client: &Client) -> Vec<String> {
    let data = client.data("{ groupSessions(first: 10) { nodes { id } } }", Value::Null).await;
    let nodes = data["groupSessions"]["nodes"].as_array().expect("nodes").clone();
    nodes.iter().map(|node| node["id"].as_str().expect("an id").to_owned()).collect()
}

harness::api_test! {
    async fn a_page_with_rosters_costs_the_same_few_statements_however_full_it_is(app: &App) {
        let company = Company::new(app).await;
        let studio = Studio::new(&company).await;
        let list = "{ groupSessions(first: 50) {
            nodes { id service { name } staff { name } location { name } roster { id partySize client { name } } } } }";
        let page = "{ calendar(from: \"2026-03-09\", to: \"2026-03-15\") { sessions { id seatsLeft roster { id } } } }";
        // As they are answered when the small tables are warm.
        let both = async || {
            let mut answers = Vec::new();
            for query in [list, page] {
                company.administrator.run(query, Value::Null).await;
                answers.push(company.administrator.run(query, Value::Null).await);
            }
            answers
        };
        let mut sessions = Vec::new();
        for hour in 9..11 {
            sessions.push(studio.plan(&format!("2026-03-10T{hour:02}:00:00+02:00"), 20).await);
        }
        book(&company.administrator, &sessions[0], 1).await;
        let few = both().await;
        for hour in 11..18 {
            sessions.push(studio.plan(&format!("2026-03-10T{hour:02}:00:00+02:00"), 20).await);
        }
        for session in &sessions {
            for _ in 0..3 {
                book(&company.administrator, session, 1).await;
            }
        }
        let many = both().await;
        for (answers, expected) in [(&few, 2), (&many, 9)] {
            let [listed, shown] = [&answers[0], &answers[1]].map(|answer| answer.clone().ok());
            assert_eq!(listed["groupSessions"]["nodes"].as_array().map(Vec::len), Some(expected));
            assert_eq!(shown["calendar"]["sessions"].as_array().map(Vec::len), Some(expected));
        }
        let statements = |answers: &[harness::Answer]| answers.iter().map(harness::Answer::statements).collect::<Vec<_>>();
        assert_eq!(statements(&few), statements(&many));
    }
}

harness::api_test! {
    async fn they_repeat_at_one_time_of_day_on_every_date_or_on_those_that_are_free(app: &App) {
        let company = Company::new(app).await;
        let studio = Studio::new(&company).await;
        let administrator = &company.administrator;
        // Summer time begins on 29 March: noon stays noon. The second Tuesday is taken.
        studio.plan("2026-03-24T12:30:00+02:00", 5).await;
        let wish = |mode: &str| {
            let mut wish = studio.session("2026-03-17T12:00:00+02:00", 5);
            wish["recurrence"] = json!({ "rule": "FREQ=WEEKLY;BYDAY=TU;COUNT=4", "exceptDates": ["2026-04-07"] });
            wish["mode"] = json!(mode);
            wish
        };
        let selection = "groupSessions { id startsAt } conflicts { localDate userErrors { code } }";
        let refused = administrator.mutate("groupSessionsCreate", wish("ALL_OR_NOTHING"), selection).await;
        assert_eq!(refused.refusals(), ["DATES_TAKEN@recurrence"]);
        let taken = json!([{ "localDate": "2026-03-24", "userErrors": [{ "code": "SLOT_TAKEN" }] }]);
        assert_eq!((&refused.value()["groupSessions"], &refused.value()["conflicts"]), (&Value::Null, &taken));
        assert_eq!(listed(administrator).await.len(), 1, "a half of it was written");

        let wish = wish("SKIP_CONFLICTS");
        let planned = administrator.done("groupSessionsCreate", wish.clone(), selection).await;
        assert_eq!(planned["conflicts"], taken);
        let sessions = planned["groupSessions"].as_array().expect("sessions").clone();
        let starts: Vec<&Value> = sessions.iter().map(|session| &session["startsAt"]).collect();
        assert_eq!(starts.len(), 2);
        assert!(same(starts[0], "2026-03-17T12:00:00+02:00") && same(starts[1], "2026-03-31T12:00:00+03:00"), "{starts:?}");
        let again = administrator.done("groupSessionsCreate", wish, selection).await;
        assert_eq!(again["groupSessions"], planned["groupSessions"]);
        book(administrator, sessions[1]["id"].as_str().expect("an id"), 1).await;
    }
}
