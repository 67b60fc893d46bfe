//! Sessions that repeat, changed together: one, one and those after it, all. Who was booked goes along, what was changed
//! singly is kept, and noon stays noon where clocks change.

use chrono::TimeDelta;
use harness::{App, Company, hire, key};
use serde_json::{Value, json};

use super::{Studio, book, held, same, seats};

const CHANGED: &str = "groupSessions { id startsAt capacity status }
    conflicts { localDate startsAt groupSession { id } userErrors { code field } } current { version }";

/// Yoga on Tuesdays at noon: 17, 24 and 31 March, 7 April. Summer time begins on 29 March.
struct Course<'a> {
    studio: Studio<'a>,
    sessions: Vec<String>,
}

impl<'a> Course<'a> {
    async fn new(company: &'a Company) -> Self {
        Self::of(Studio::new(company).await, "2026-03-17T12:00:00+02:00", "FREQ=WEEKLY;COUNT=4").await
    }

    async fn of(studio: Studio<'a>, starts_at: &str, rule: &str) -> Self {
        let mut wish = studio.session(starts_at, 5);
        wish["recurrence"] = json!({ "rule": rule });
        wish["mode"] = json!("ALL_OR_NOTHING");
        let planned = studio.desk.done("groupSessionsCreate", wish, "groupSessions { id }").await;
        let ids = planned["groupSessions"].as_array().expect("sessions").clone();
        let sessions = ids.iter().map(|one| one["id"].as_str().expect("an id").to_owned()).collect();
        Self { studio, sessions }
    }

    /// A change that begins with the session of this number.
    async fn change(&self, number: usize, scope: &str, more: Value) -> Value {
        let id = &self.sessions[number];
        let mut input = json!({ "id": id, "version": self.studio.version(id).await, "scope": scope });
        input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        input
    }

    async fn moving(&self, number: usize, scope: &str, more: Value) -> Value {
        let mut input = self.change(number, scope, more).await;
        input["idempotencyKey"] = json!(key());
        input
    }

    async fn moved(&self, number: usize, scope: &str, more: Value) -> Value {
        let input = self.moving(number, scope, more).await;
        self.studio.desk.done("groupSessionsReschedule", input, CHANGED).await
    }

    /// Moves a session as a single one.
    async fn move_singly(&self, number: usize, to: Value) {
        let id = &self.sessions[number];
        let mut input = json!({ "id": id, "version": self.studio.version(id).await, "idempotencyKey": key() });
        input.as_object_mut().expect("an object").extend(to.as_object().expect("an object").clone());
        self.studio.desk.done("groupSessionReschedule", input, "groupSession { id }").await;
    }

    /// When they start, on the wall in Kyiv with the offset.
    async fn starts(&self) -> Vec<String> {
        let mut starts = Vec::new();
        for id in &self.sessions {
            let start = self.studio.see(id).await["startsAt"].as_str().expect("a start").to_owned();
            starts.push(format!("{}{}", &start[5..16], &start[19..22]));
        }
        starts
    }

    async fn statuses(&self) -> Vec<String> {
        let mut statuses = Vec::new();
        for id in &self.sessions {
            statuses.push(self.studio.see(id).await["status"].as_str().expect("a status").to_owned());
        }
        statuses
    }

    async fn repetitions(&self) -> Vec<Value> {
        let query = "query($id: ID!) { groupSession(id: $id) { recurrenceId } }";
        let mut found = Vec::new();
        for id in &self.sessions {
            found.push(self.studio.desk.data(query, json!({ "id": id })).await["groupSession"]["recurrenceId"].clone());
        }
        found
    }

    /// The numbers of the sessions that a payload names.
    fn numbers(&self, payload: &Value) -> Vec<usize> {
        let ids = payload["groupSessions"].as_array().expect("sessions").iter();
        ids.map(|one| self.sessions.iter().position(|id| one["id"] == id.as_str()).expect("one of them")).collect()
    }
}

harness::api_test! {
    async fn each_scope_moves_its_sessions_and_noon_stays_noon(app: &App) {
        let company = Company::new(app).await;
        let course = Course::new(&company).await;
        assert_eq!(course.starts().await, ["03-17T12:00+02", "03-24T12:00+02", "03-31T12:00+03", "04-07T12:00+03"]);

        let alone = course.moved(1, "THIS", json!({ "time": "14:00" })).await;
        assert_eq!(course.numbers(&alone), [1]);
        assert_eq!(course.starts().await, ["03-17T12:00+02", "03-24T14:00+02", "03-31T12:00+03", "04-07T12:00+03"]);

        // What was moved singly is passed over.
        let all = course.moved(0, "ALL", json!({ "time": "15:00" })).await;
        assert_eq!(course.numbers(&all), [0, 2, 3]);
        assert_eq!(course.starts().await, ["03-17T15:00+02", "03-24T14:00+02", "03-31T15:00+03", "04-07T15:00+03"]);

        let whole = course.repetitions().await;
        let following = course.moved(2, "THIS_AND_FOLLOWING", json!({ "shiftDays": 1 })).await;
        assert_eq!(course.numbers(&following), [2, 3]);
        assert_eq!(course.starts().await, ["03-17T15:00+02", "03-24T14:00+02", "04-01T15:00+03", "04-08T15:00+03"]);
        let split = course.repetitions().await;
        assert_eq!(split[..2], whole[..2]);
        assert!(split[2] == split[3] && split[2] != split[0], "{split:?}");

        // Back over the change of clocks: the last one begins the change, and the repetition is now its own.
        let back = course.moved(3, "ALL", json!({ "shiftDays": -9, "time": "10:30" })).await;
        assert_eq!(course.numbers(&back), [2, 3]);
        assert_eq!(course.starts().await, ["03-17T15:00+02", "03-24T14:00+02", "03-23T10:30+02", "03-30T10:30+03"]);
        // One that was moved singly begins a change itself, and goes where its repetition goes.
        let joined = course.moved(1, "ALL", json!({ "time": "16:00" })).await;
        assert_eq!(course.numbers(&joined), [0, 1]);
        assert_eq!(course.starts().await[..2], ["03-17T16:00+02", "03-24T16:00+02"]);
    }
}

harness::api_test! {
    async fn who_was_booked_goes_along_and_is_told(app: &App) {
        let company = Company::new(app).await;
        let course = Course::new(&company).await;
        let page = company.publishable().await;
        let address = format!("{}@example.com", uuid::Uuid::new_v4().simple());
        for id in &course.sessions[1..3] {
            let mut wish = seats(id, 2);
            wish["client"]["email"] = json!(address);
            page.done("bookingCreate", wish, "booking { id }").await;
        }
        company.mailbox().wait(&address, 2).await;
        let token = page.done("groupSessionHold", held(&course.sessions[2], 1), "token").await["token"].clone();
        let wish = course.moving(0, "ALL", json!({ "time": "13:00" })).await;
        let first = course.studio.desk.done("groupSessionsReschedule", wish.clone(), CHANGED).await;
        let again = course.studio.desk.done("groupSessionsReschedule", wish, CHANGED).await;
        assert_eq!(first, again, "moved twice");
        company.mailbox().wait(&address, 4).await;
        for (id, expected) in [(1, "2026-03-24T13:00:00+02:00"), (2, "2026-03-31T13:00:00+03:00")] {
            let session = course.studio.see(&course.sessions[id]).await;
            assert_eq!(session["version"], 2);
            assert!(same(&session["roster"][0]["startsAt"], expected), "{session}");
        }
        let booked = page.done("bookingCreate", super::with_token(&token), "booking { startsAt }").await;
        assert!(same(&booked["booking"]["startsAt"], "2026-03-31T13:00:00+03:00"), "{booked}");
    }
}

harness::api_test! {
    async fn one_that_cannot_go_stops_all_or_stays_where_it_was(app: &App) {
        let company = Company::new(app).await;
        let course = Course::new(&company).await;
        // The trainer has somebody else at three on the third Tuesday.
        let other = course.studio.plan("2026-03-31T15:00:00+03:00", 5).await;
        let before = course.starts().await;
        let to = json!({ "time": "15:00" });
        let wish = course.moving(0, "ALL", to.clone()).await;
        let refused = course.studio.desk.mutate("groupSessionsReschedule", wish, CHANGED).await;
        assert_eq!(refused.refusals(), ["DATES_TAKEN@time"]);
        let conflicts = json!([{
            "localDate": "2026-03-31", "startsAt": "2026-03-31T12:00:00Z", "groupSession": { "id": course.sessions[2] },
            "userErrors": [{ "code": "SLOT_TAKEN", "field": "startsAt" }],
        }]);
        assert_eq!((&refused.value()["groupSessions"], &refused.value()["conflicts"]), (&Value::Null, &conflicts));
        assert_eq!(course.starts().await, before, "a part of it was written");

        let mut wish = course.moving(0, "ALL", to).await;
        (wish["mode"], wish["dryRun"]) = (json!("SKIP_CONFLICTS"), json!(true));
        let dry = course.studio.desk.done("groupSessionsReschedule", wish.clone(), CHANGED).await;
        assert_eq!(course.starts().await, before, "a dry run wrote something");
        wish["dryRun"] = json!(false);
        let done = course.studio.desk.done("groupSessionsReschedule", wish, CHANGED).await;
        assert_eq!(done, dry);
        assert_eq!((course.numbers(&done), &done["conflicts"]), (vec![0, 1, 3], &conflicts));
        let expected = ["03-17T15:00+02", "03-24T15:00+02", "03-31T12:00+03", "04-07T15:00+03"];
        assert_eq!(course.starts().await, expected);

        // What a move skipped stands elsewhere than its repetition says, and is passed over from then on.
        let next = course.moved(0, "ALL", json!({ "time": "17:00" })).await;
        assert_eq!(course.numbers(&next), [0, 1, 3]);
        assert_eq!(course.studio.see(&other).await["version"], 1);
    }
}

harness::api_test! {
    async fn each_of_a_chain_takes_the_place_of_the_next(app: &App) {
        let company = Company::new(app).await;
        let studio = Studio::new(&company).await;
        let course = Course::of(studio, "2026-03-27T12:00:00+02:00", "FREQ=DAILY;COUNT=4").await;
        course.moved(0, "ALL", json!({ "shiftDays": 1 })).await;
        assert_eq!(course.starts().await, ["03-28T12:00+02", "03-29T12:00+03", "03-30T12:00+03", "03-31T12:00+03"]);
        course.moved(3, "ALL", json!({ "shiftDays": -2 })).await;
        assert_eq!(course.starts().await, ["03-26T12:00+02", "03-27T12:00+02", "03-28T12:00+02", "03-29T12:00+03"]);
        // Half an hour later each overlaps with itself alone.
        course.moved(0, "ALL", json!({ "time": "12:30" })).await;
        assert_eq!(course.starts().await[3], "03-29T12:30+03");
    }
}

harness::api_test! {
    async fn another_trainer_takes_all_but_the_one_that_was_given_to_somebody_singly(app: &App) {
        let company = Company::new(app).await;
        let course = Course::new(&company).await;
        let studio = &course.studio;
        let mut trainers = Vec::new();
        for name in ["Ніна", "Рома"] {
            trainers.push(hire(&company.administrator, name, &company.location, &studio.service).await);
        }
        course.move_singly(1, json!({ "startsAt": "2026-03-24T12:00:00+02:00", "staffId": trainers[0] })).await;
        let done = course.moved(0, "ALL", json!({ "staffId": trainers[1] })).await;
        assert_eq!(course.numbers(&done), [0, 2, 3]);
        let who = async |number: usize| studio.see(&course.sessions[number]).await["staff"]["id"].clone();
        assert_eq!([who(0).await, who(1).await, who(2).await], [&trainers[1], &trainers[0], &trainers[1]].map(|id| json!(id)));
        // It keeps its person, and goes along in time.
        let done = course.moved(0, "ALL", json!({ "staffId": studio.trainer, "time": "11:00" })).await;
        assert_eq!(course.numbers(&done), [0, 1, 2, 3]);
        assert_eq!([who(0).await, who(1).await], [&studio.trainer, &trainers[0]].map(|id| json!(id)));
        assert_eq!(course.starts().await[1], "03-24T11:00+02");
        let wish = course.moving(0, "ALL", json!({ "staffId": studio.trainer })).await;
        let nothing = studio.desk.mutate("groupSessionsReschedule", wish, CHANGED).await;
        assert_eq!(nothing.refusals(), ["NOTHING_TO_CHANGE@time"]);
    }
}

harness::api_test! {
    async fn seats_change_together_and_never_below_those_taken(app: &App) {
        let company = Company::new(app).await;
        let course = Course::new(&company).await;
        let desk = &course.studio.desk;
        let single = json!({ "id": course.sessions[1], "version": 1, "capacity": 9 });
        desk.done("groupSessionUpdate", single, "groupSession { id }").await;
        book(desk, &course.sessions[2], 4).await;
        let capacities = async || {
            let mut capacities = Vec::new();
            for id in &course.sessions {
                capacities.push(course.studio.see(id).await["capacity"].as_u64().expect("a number"));
            }
            capacities
        };
        let input = course.change(0, "ALL", json!({ "capacity": 3 })).await;
        let refused = desk.mutate("groupSessionsUpdate", input.clone(), CHANGED).await;
        assert_eq!(refused.refusals(), ["DATES_TAKEN@capacity"]);
        assert_eq!(refused.value()["conflicts"][0]["groupSession"]["id"], course.sessions[2].as_str());
        assert_eq!(refused.value()["conflicts"][0]["userErrors"][0]["code"], "SEATS_TAKEN");
        assert_eq!(capacities().await, [5, 9, 5, 5]);

        let mut skipping = input;
        (skipping["mode"], skipping["dryRun"]) = (json!("SKIP_CONFLICTS"), json!(true));
        let dry = desk.done("groupSessionsUpdate", skipping.clone(), CHANGED).await;
        assert_eq!(capacities().await, [5, 9, 5, 5]);
        skipping["dryRun"] = json!(false);
        assert_eq!(desk.done("groupSessionsUpdate", skipping, CHANGED).await, dry);
        assert_eq!(capacities().await, [3, 9, 5, 3], "one keeps its own seats, and one those that are taken");

        let forced = course.change(2, "THIS_AND_FOLLOWING", json!({ "capacity": 2, "force": true })).await;
        desk.done("groupSessionsUpdate", forced, CHANGED).await;
        assert_eq!(capacities().await, [3, 9, 2, 2]);
        let split = course.repetitions().await;
        assert!(split[0] == split[1] && split[1] != split[2] && split[2] == split[3], "{split:?}");
    }
}

harness::api_test! {
    async fn freed_seats_of_each_go_to_who_waits(app: &App) {
        let company = Company::new(app).await;
        let course = Course::new(&company).await;
        let page = company.publishable().await;
        for id in &course.sessions[..2] {
            book(&page, id, 5).await;
            page.done("waitlistJoin", seats(id, 1), "token").await;
        }
        let more = course.change(0, "ALL", json!({ "capacity": 6 })).await;
        course.studio.desk.done("groupSessionsUpdate", more, CHANGED).await;
        for id in &course.sessions[..2] {
            assert_eq!(course.studio.see(id).await["seatsTaken"], 6);
        }
    }
}

harness::api_test! {
    async fn called_off_in_each_scope_they_end_their_bookings(engine: Engine) {
        let app = App::start(engine).await.expect("an app");
        let company = Company::new(&app).await;
        let mut studio = Studio::new(&company).await;
        studio.automate().await;
        // From today on: the clock stands at ten.
        let course = Course::of(studio, "2026-03-02T12:00:00+02:00", "FREQ=WEEKLY;COUNT=7").await;
        let page = company.publishable().await;
        let address = format!("{}@example.com", uuid::Uuid::new_v4().simple());
        for id in [&course.sessions[2], &course.sessions[3]] {
            let mut wish = seats(id, 1);
            wish["client"]["email"] = json!(address);
            page.done("bookingCreate", wish, "booking { id }").await;
        }
        company.mailbox().wait(&address, 2).await;
        let desk = &course.studio.desk;
        let off = json!({ "reason": "STAFF_UNAVAILABLE", "note": "Тренерка захворіла", "idempotencyKey": key() });
        let one = course.change(5, "THIS", off.clone()).await;
        let done = desk.done("groupSessionsCancel", one, CHANGED).await;
        assert_eq!(course.numbers(&done), [5]);
        course.move_singly(4, json!({ "startsAt": "2026-03-30T16:00:00+03:00" })).await;
        app.clock.advance(TimeDelta::hours(3));

        // The first has begun, the sixth is called off already, the fifth was moved singly.
        let mut all = course.change(1, "ALL", off).await;
        (all["dryRun"], all["idempotencyKey"]) = (json!(true), json!(key()));
        let dry = desk.done("groupSessionsCancel", all.clone(), CHANGED).await;
        assert_eq!(course.statuses().await.iter().filter(|status| *status == "CANCELLED").count(), 1);
        all["dryRun"] = json!(false);
        for _ in 0..2 {
            let done = desk.done("groupSessionsCancel", all.clone(), CHANGED).await;
            assert_eq!(done, dry);
            assert_eq!(course.numbers(&done), [1, 2, 3, 6]);
        }
        let (stands, off) = ("SCHEDULED", "CANCELLED");
        assert_eq!(course.statuses().await, [stands, off, off, off, stands, off, off]);
        company.mailbox().wait(&address, 4).await;
        let late = page.mutate("bookingCreate", seats(&course.sessions[2], 1), "booking { id }").await;
        assert_eq!(late.refusals(), ["SESSION_NOT_OPEN@groupSessionId"]);
        assert_eq!(course.studio.see(&course.sessions[2]).await["seatsTaken"], 0);
    }
}

harness::api_test! {
    async fn this_and_following_ends_what_follows(app: &App) {
        let company = Company::new(app).await;
        let course = Course::new(&company).await;
        let off = json!({ "reason": "OTHER", "idempotencyKey": key() });
        let following = course.change(2, "THIS_AND_FOLLOWING", off).await;
        course.studio.desk.done("groupSessionsCancel", following, CHANGED).await;
        assert_eq!(course.statuses().await, ["SCHEDULED", "SCHEDULED", "CANCELLED", "CANCELLED"]);
    }
}

harness::api_test! {
    async fn who_sees_their_own_alone_changes_their_own_alone(app: &App) {
        let company = Company::new(app).await;
        let course = Course::new(&company).await;
        let employee = company.hire_user("EMPLOYEE").await;
        crate::calendar::be_staff(&company, 1, &employee.id).await;
        let query = "query($id: ID!) { staffMember(id: $id) { version } }";
        let now = company.administrator.data(query, json!({ "id": company.staff[1] })).await;
        let both = json!([{ "serviceId": company.service }, { "serviceId": course.studio.service }]);
        let both = json!({ "id": company.staff[1], "version": now["staffMember"]["version"], "services": both });
        company.administrator.done("staffMemberUpdate", both, "staffMember { id }").await;
        let noon = |date: &str| json!({ "startsAt": format!("{date}T12:00:00+02:00"), "staffId": company.staff[1] });
        course.move_singly(1, noon("2026-03-24")).await;

        let wish = course.moving(0, "ALL", json!({ "time": "13:00" })).await;
        let refused = employee.client.mutate("groupSessionsReschedule", wish, CHANGED).await;
        assert_eq!(refused.answer.code(), "NOT_FOUND");
        let wish = course.moving(1, "THIS_AND_FOLLOWING", json!({ "time": "13:00" })).await;
        let done = employee.client.done("groupSessionsReschedule", wish, CHANGED).await;
        assert_eq!(course.numbers(&done), [1]);
        assert_eq!(course.starts().await, ["03-17T12:00+02", "03-24T13:00+02", "03-31T12:00+03", "04-07T12:00+03"]);
        let whole = course.repetitions().await;
        assert!(whole.iter().all(|one| *one == whole[0]), "who sees a part leaves the repetition as it is: {whole:?}");
    }
}

harness::api_test! {
    async fn a_change_that_is_out_of_date_is_refused_with_what_is_now(app: &App) {
        let company = Company::new(app).await;
        let course = Course::new(&company).await;
        let (mut moving, off) = (
            course.moving(1, "ALL", json!({ "time": "13:00" })).await,
            course.moving(1, "ALL", json!({ "reason": "OTHER" })).await,
        );
        let seats = course.change(1, "ALL", json!({ "capacity": 7 })).await;
        course.move_singly(1, json!({ "startsAt": "2026-03-24T14:00:00+02:00" })).await;
        let changes = [("groupSessionsReschedule", moving.clone()), ("groupSessionsUpdate", seats), ("groupSessionsCancel", off)];
        for (mutation, input) in changes {
            let refused = course.studio.desk.mutate(mutation, input, CHANGED).await;
            assert_eq!(refused.refusals(), ["VERSION_CONFLICT@version"], "{mutation}");
            assert_eq!(refused.value()["current"]["version"], 2, "{mutation}");
        }
        let single = course.studio.plan("2026-03-18T12:00:00+02:00", 5).await;
        (moving["id"], moving["version"]) = (json!(single), json!(1));
        let refused = course.studio.desk.mutate("groupSessionsReschedule", moving, CHANGED).await;
        assert_eq!(refused.refusals(), ["NOT_IN_SERIES@id"]);
    }
}
