//! Calendars of other programs: what they take away, for whom, until when, and what of them nobody ever sees.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use chrono::TimeDelta;
use harness::{App, Client, Company, Engine, key};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{AFFECTED, instant, kyiv, of, offered, version, visit};
use crate::calendar::be_staff;
use crate::race::salon::execute;

const DATE: &str = "2026-03-10";
const NOON: &str = "2026-03-10T12:00:00+02:00";
const STATE: &str =
    "id name source host rangeCount unreadCount lastFault lastFetchedAt nextFetchAt removed version staffMember { id }";

/// A calendar of these lines, one entry each: `20260310T120000/PT1H` by the clock of the place.
fn calendar(entries: &[&str]) -> String {
    let entry = |entry: &&str| {
        let (start, duration) = entry.split_once('/').expect("a start and a duration");
        format!(
            "BEGIN:VEVENT\r\nUID:{start}\r\nSUMMARY:Таємниця\r\nDTSTART;TZID=Europe/Kyiv:{start}\r\n\
             DURATION:{duration}\r\nEND:VEVENT\r\n"
        )
    };
    let entries: String = entries.iter().map(entry).collect();
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{entries}END:VCALENDAR\r\n")
}

fn upload(staff: &str, entries: &[&str]) -> Value {
    json!({ "staffId": staff, "name": "Особистий", "text": calendar(entries) })
}

async fn import(client: &Client, input: Value) -> Value {
    client.done("busyCalendarImport", input, &format!("busyCalendar {{ {STATE} }} {AFFECTED}")).await
}

async fn listed(client: &Client, staff: &str) -> Value {
    let query = format!("query($staff: ID!) {{ busyCalendars(staffId: $staff) {{ {STATE} }} }}");
    client.data(&query, json!({ "staff": staff })).await["busyCalendars"].clone()
}

/// What the calendar's page shows of a person's day, and the version of what it shows.
async fn page(client: &Client, staff: &str) -> (Value, Value) {
    let query = "query($staff: [ID!], $date: LocalDate!) {
        calendar(from: $date, to: $date, filter: { staffIds: $staff }) {
            settingsVersion staff { importedBusy { startsAt endsAt reason } capacity { plannedMinutes freeMinutes } } } }";
    let answer = client.data(query, json!({ "staff": [staff], "date": DATE })).await;
    (answer["calendar"]["staff"][0].clone(), answer["calendar"]["settingsVersion"].clone())
}

harness::api_test! {
    async fn an_upload_takes_time_away_until_it_is_replaced_or_removed(app: &App) {
        let company = Company::new(app).await;
        let (admin, staff) = (&company.administrator, &company.staff[0]);
        let (booked, untouched) = (company.book(NOON).await, company.book("2026-03-10T15:00:00+02:00").await);
        let wish = visit(&company, 0);
        let before = page(admin, staff).await;

        let made = import(admin, upload(staff, &["20260310T123000/PT1H", "20260310T130000/PT1H"])).await;
        let calendar = &made["busyCalendar"];
        assert_eq!(made["affectedBookings"], json!([{ "id": booked, "reasons": ["STAFF_IMPORTED_BUSY"] }]));
        assert_eq!((&calendar["source"], &calendar["host"]), (&json!("UPLOAD"), &Value::Null));
        assert_eq!((&calendar["rangeCount"], &calendar["unreadCount"]), (&json!(1), &json!(0)));
        assert_eq!((&calendar["staffMember"]["id"], &calendar["version"]), (&json!(staff), &json!(1)));
        let starts = offered(admin, &wish, DATE).await;
        let is_offered = |start: &str| starts.contains(&kyiv(start));
        assert!(is_offered("2026-03-10T14:00:00+02:00") && !is_offered("2026-03-10T13:45:00+02:00"));

        let (day, version) = page(admin, staff).await;
        let busy = &day["importedBusy"];
        assert_eq!(busy.as_array().map(Vec::len), Some(1));
        assert_eq!(instant(&busy[0]["startsAt"]), kyiv("2026-03-10T12:30:00+02:00"));
        assert_eq!((instant(&busy[0]["endsAt"]), &busy[0]["reason"]), (kyiv("2026-03-10T14:00:00+02:00"), &Value::Null));
        assert_ne!(version, before.1);
        let minutes = |page: &Value, what: &str| page["capacity"][0][what].as_i64().expect("minutes");
        assert_eq!(minutes(&before.0, "plannedMinutes") - minutes(&day, "plannedMinutes"), 90);

        // The upload of the same name takes the place of what was there.
        let again = import(admin, upload(staff, &["20260310T160000/PT1H"])).await;
        assert_eq!(again["affectedBookings"], json!([]));
        assert_eq!((&again["busyCalendar"]["id"], &again["busyCalendar"]["version"]), (&calendar["id"], &json!(2)));
        let starts = offered(admin, &wish, DATE).await;
        assert!(starts.contains(&kyiv("2026-03-10T13:00:00+02:00")) && !starts.contains(&kyiv("2026-03-10T16:00:00+02:00")));

        let stale = json!({ "id": calendar["id"], "version": 1 });
        let refused = admin.mutate("busyCalendarRemove", stale, "current { version }").await;
        assert_eq!(refused.refusals(), ["VERSION_CONFLICT@version"]);
        assert_eq!(refused.value()["current"]["version"], 2);
        let gone = json!({ "id": calendar["id"], "version": 2 });
        let gone = admin.done("busyCalendarRemove", gone, "busyCalendar { removed rangeCount }").await;
        assert_eq!(gone["busyCalendar"], json!({ "removed": true, "rangeCount": 0 }));
        assert!(offered(admin, &wish, DATE).await.contains(&kyiv("2026-03-10T16:00:00+02:00")));
        assert_eq!(listed(admin, staff).await, json!([]));
        for id in [&booked, &untouched] {
            let query = "query($id: ID!) { booking(id: $id) { status } }";
            assert_eq!(admin.data(query, json!({ "id": id })).await["booking"]["status"], "CONFIRMED");
        }
    }
}

harness::api_test! {
    async fn who_may_know_is_told_and_strangers_are_not(app: &App) {
        let company = Company::new(app).await;
        let (admin, staff) = (&company.administrator, &company.staff[0]);
        import(admin, upload(staff, &["20260310T120000/PT1H"])).await;
        let wish = visit(&company, 0);
        let refused = admin.mutate("bookingCreate", of(&company, &wish, NOON), "booking { id }").await;
        assert_eq!(refused.refusals(), ["STAFF_IMPORTED_BUSY@startsAt"]);

        let stranger = company.publishable().await;
        let why = "query($visit: AvailabilityVisitInput!, $at: DateTime!) {
            availabilityWhyNot(visit: $visit, startsAt: $at) { violations { rule code staffId } } }";
        let asked = json!({ "visit": wish, "at": NOON });
        let told = |rule: &str, code: &str| {
            json!({ "availabilityWhyNot": { "violations": [{ "rule": rule, "code": code, "staffId": staff }] } })
        };
        assert_eq!(admin.data(why, asked.clone()).await, told("STAFF_IMPORTED_BUSY", "STAFF_IMPORTED_BUSY"));
        assert_eq!(stranger.data(why, asked).await, told("STAFF_BUSY", "SLOT_TAKEN"));
        let mut guest = super::at(&wish, NOON);
        guest["client"] = json!({ "name": "Ольга", "phone": "067 765 43 21" });
        assert_eq!(stranger.mutate("bookingCreate", guest, "").await.refusals(), ["SLOT_TAKEN@startsAt"]);
        assert_eq!(stranger.run("query($id: ID!) { busyCalendars(staffId: $id) { id } }", json!({ "id": staff })).await.code(), "FORBIDDEN");

        // A person knows better than their calendar, and says so.
        let mut knowing = of(&company, &wish, NOON);
        knowing["overrides"] = json!(["STAFF_IMPORTED_BUSY"]);
        let booked = admin.done("bookingCreate", knowing, "booking { id status }").await;
        assert_eq!(booked["booking"]["status"], "CONFIRMED");
        // What was set aside for a visit is no news of it.
        let again = import(admin, upload(staff, &["20260310T113000/PT2H"])).await;
        assert_eq!(again["affectedBookings"], json!([]));
    }
}

harness::api_test! {
    async fn people_bring_in_their_own_and_managers_anybodys(app: &App) {
        let company = Company::new(app).await;
        let (employee, manager) = (company.hire_user("EMPLOYEE").await, company.hire_user("MANAGER").await);
        be_staff(&company, 0, &employee.id).await;
        let [own, other] = &company.staff;
        let made = import(&employee.client, upload(own, &["20260310T120000/PT1H"])).await;
        let theirs = import(&manager.client, upload(other, &["20260310T120000/PT1H"])).await["busyCalendar"].clone();
        assert_eq!(listed(&employee.client, own).await[0]["id"], made["busyCalendar"]["id"]);
        assert_eq!(listed(&manager.client, own).await[0]["id"], made["busyCalendar"]["id"]);

        let foreign = employee.client.mutate("busyCalendarImport", upload(other, &[]), "").await;
        assert_eq!(foreign.answer.code(), "FORBIDDEN");
        let address = json!({ "staffId": other, "name": "Інший", "url": "https://calendar.example/a.ics" });
        assert_eq!(employee.client.mutate("busyCalendarSubscribe", address, "").await.answer.code(), "FORBIDDEN");
        let gone = json!({ "id": theirs["id"], "version": 1 });
        assert_eq!(employee.client.mutate("busyCalendarRemove", gone, "").await.answer.code(), "NOT_FOUND");
        let again = json!({ "id": theirs["id"] });
        assert_eq!(employee.client.mutate("busyCalendarRefresh", again.clone(), "").await.answer.code(), "NOT_FOUND");
        let query = "query($id: ID!) { node(id: $id) { id } }";
        assert_eq!(employee.client.run(query, again.clone()).await.code(), "NOT_FOUND");
        assert_eq!(manager.client.data(query, again).await["node"]["id"], theirs["id"]);
    }
}

harness::api_test! {
    async fn a_preview_and_a_repeated_request_write_nothing_more(app: &App) {
        let company = Company::new(app).await;
        let (admin, staff) = (&company.administrator, &company.staff[0]);
        let booked = company.book(NOON).await;
        let mut preview = upload(staff, &["20260310T120000/PT1H"]);
        preview["dryRun"] = json!(true);
        let shown = import(admin, preview).await;
        assert_eq!(shown["affectedBookings"], json!([{ "id": booked, "reasons": ["STAFF_IMPORTED_BUSY"] }]));
        assert_eq!(listed(admin, staff).await, json!([]));

        let mut once = upload(staff, &["20260310T120000/PT1H"]);
        once["idempotencyKey"] = json!(key());
        let (first, second) = (import(admin, once.clone()).await, import(admin, once.clone()).await);
        assert_eq!(first, second);
        once["text"] = json!(calendar(&["20260311T120000/PT1H"]));
        let other = admin.mutate("busyCalendarImport", once, "").await;
        assert_eq!(other.refusals(), ["IDEMPOTENCY_KEY_REUSED@idempotencyKey"]);

        for number in 2..=5 {
            let mut more = upload(staff, &[]);
            more["name"] = json!(format!("Календар {number}"));
            import(admin, more).await;
        }
        let mut sixth = upload(staff, &[]);
        sixth["name"] = json!("Шостий");
        assert_eq!(admin.mutate("busyCalendarImport", sixth, "").await.refusals(), ["LIMIT_REACHED"]);
        assert_eq!(listed(admin, staff).await.as_array().map(Vec::len), Some(5));
    }
}

harness::api_test! {
    async fn what_repeats_counts_by_the_clock_of_the_place_and_own_visits_do_not(app: &App) {
        let company = Company::new(app).await;
        let (admin, staff) = (&company.administrator, &company.staff[0]);
        let text = format!(
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260317T100000\r\nDURATION:PT1H\r\n\
             RRULE:FREQ=WEEKLY;COUNT=3\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:2\r\nDTSTART;VALUE=DATE:20260320\r\n\
             END:VEVENT\r\nBEGIN:VEVENT\r\nUID:bkg_1.{staff}@zapys\r\nDTSTART:20260317T150000\r\nDURATION:PT1H\r\n\
             END:VEVENT\r\nBEGIN:VEVENT\r\nUID:3\r\nDTSTART:20260318T100000\r\nDURATION:PT1H\r\nRRULE:FREQ=HOURLY\r\n\
             END:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        let made = import(admin, json!({ "staffId": staff, "name": "Особистий", "text": text })).await;
        assert_eq!(made["busyCalendar"]["rangeCount"], 5);
        assert_eq!(made["busyCalendar"]["unreadCount"], 1);
        let wish = visit(&company, 0);
        for (date, taken, free) in [
            ("2026-03-17", "2026-03-17T10:00:00+02:00", "2026-03-17T15:00:00+02:00"),
            ("2026-03-31", "2026-03-31T10:00:00+03:00", "2026-03-31T11:00:00+03:00"),
            ("2026-03-18", "2026-03-18T10:00:00+02:00", "2026-03-18T11:00:00+02:00"),
        ] {
            let starts = offered(admin, &wish, date).await;
            assert!(!starts.contains(&kyiv(taken)) && starts.contains(&kyiv(free)), "{date}: {starts:?}");
        }
        assert!(offered(admin, &wish, "2026-03-20").await.is_empty());
    }
}

harness::api_test! {
    async fn a_list_costs_the_same_however_many_they_are_and_however_full(app: &App) {
        let company = Company::new(app).await;
        let (admin, staff) = (&company.administrator, &company.staff[0]);
        let query = format!("query($staff: ID!) {{ busyCalendars(staffId: $staff) {{ {STATE} staffMember {{ name }} }} }}");
        let list = async || {
            admin.run(&query, json!({ "staff": staff })).await;
            admin.run(&query, json!({ "staff": staff })).await
        };
        let hours = |count: usize| -> Vec<String> {
            (0..count).map(|number| format!("202603{:02}T{:02}0000/PT30M", 10 + number / 10, 8 + number % 10)).collect()
        };
        let bring_in = async |number: usize, count: usize| {
            let entries = hours(count);
            let mut input = upload(staff, &entries.iter().map(String::as_str).collect::<Vec<_>>());
            input["name"] = json!(format!("Календар {number}"));
            assert_eq!(import(admin, input).await["busyCalendar"]["rangeCount"], count);
        };
        bring_in(1, 5).await;
        let few = list().await;
        for number in 1..=5 {
            bring_in(number, 50).await;
        }
        let many = list().await;
        let counts = [&few, &many].map(|answer| answer.data["busyCalendars"].as_array().map(Vec::len));
        assert_eq!(counts, [Some(1), Some(5)]);
        assert_eq!(few.statements(), many.statements());
        assert!(many.statements() <= 2, "{} statements", many.statements());
    }
}

/// What a fake server says next.
#[derive(Clone, Default)]
struct Said {
    status: u16,
    body: String,
    location: String,
}

/// A server of calendars that says what a test wants, to who does not know it yet.
#[derive(Clone, Default)]
struct Fake {
    said: Arc<Mutex<Said>>,
    asked: Arc<Mutex<usize>>,
    unchanged: Arc<Mutex<usize>>,
}

impl Fake {
    async fn start() -> (Self, String) {
        let fake = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let host = listener.local_addr().expect("an address").to_string();
        let router = axum::Router::new().fallback(answer).with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (fake, host)
    }

    fn say(&self, status: u16, body: impl Into<String>) {
        *self.said.lock().unwrap() = Said { status, body: body.into(), location: String::new() };
    }

    fn lead_to(&self, location: &str) {
        *self.said.lock().unwrap() = Said { status: 302, location: location.into(), ..Said::default() };
    }

    fn counts(&self) -> (usize, usize) {
        (*self.asked.lock().unwrap(), *self.unchanged.lock().unwrap())
    }
}

async fn answer(State(fake): State<Fake>, headers: HeaderMap) -> axum::response::Response {
    *fake.asked.lock().unwrap() += 1;
    let said = fake.said.lock().unwrap().clone();
    let tag = format!("\"{:x}\"", said.body.len());
    let status = StatusCode::from_u16(said.status).expect("a status");
    if !said.location.is_empty() {
        return (status, [(LOCATION, said.location)]).into_response();
    }
    if headers.get(IF_NONE_MATCH).is_some_and(|known| known == tag.as_str()) && status == StatusCode::OK {
        *fake.unchanged.lock().unwrap() += 1;
        return StatusCode::NOT_MODIFIED.into_response();
    }
    (status, [(ETAG, tag), (CONTENT_TYPE, "text/html".to_owned())], said.body).into_response()
}

/// The state of a calendar, once its address was asked so often and what came of it is stored.
async fn settled(app: &App, client: &Client, staff: &str, fake: &Fake, asked: usize, due: &Value) -> Value {
    app.until(|_| fake.counts().0 >= asked, "the address is not asked").await;
    for _ in 0..2_000 {
        let now = listed(client, staff).await[0].clone();
        if now["nextFetchAt"] != *due {
            return now;
        }
        tokio::task::yield_now().await;
    }
    panic!("nothing was stored");
}

harness::api_test! {
    async fn a_subscription_is_read_again_and_again(engine: Engine) {
        let (fake, host) = Fake::start().await;
        let trusted = host.clone();
        let app = App::start_with(engine, |config| config.outbound.trusted_hosts = vec![trusted]).await.expect("an app");
        let company = Company::new(&app).await;
        let booked = company.book(NOON).await;
        // A login would have ended by then.
        let program = company.key_with(&["busy_calendars.all", "bookings.all", "availability.read"]).await;
        let (admin, staff) = (&program, &company.staff[0]);
        let wish = visit(&company, 0);
        fake.say(200, calendar(&["20260310T120000/PT1H"]));
        let input = json!({ "staffId": staff, "name": "Google", "url": format!("http://{host}/secret.ics") });
        let selection = format!("busyCalendar {{ {STATE} }} {AFFECTED}");
        let made = admin.done("busyCalendarSubscribe", input.clone(), &selection).await;
        assert_eq!(made["affectedBookings"], json!([{ "id": booked, "reasons": ["STAFF_IMPORTED_BUSY"] }]));
        let first = made["busyCalendar"].clone();
        assert_eq!((&first["source"], &first["host"]), (&json!("SUBSCRIPTION"), &json!("127.0.0.1")));
        let due = instant(&first["nextFetchAt"]);
        assert_eq!(due - instant(&first["lastFetchedAt"]), TimeDelta::minutes(15));
        let taken = admin.mutate("busyCalendarSubscribe", input, "").await;
        assert_eq!(taken.refusals(), ["TAKEN@name"]);
        let upload = admin.mutate("busyCalendarImport", json!({ "staffId": staff, "name": "Google", "text": calendar(&[]) }), "").await;
        assert_eq!(upload.refusals(), ["TAKEN@name"]);

        // Nothing new: the server need not send it again.
        let (asked, _) = fake.counts();
        app.clock.advance(TimeDelta::minutes(15));
        let second = settled(&app, admin, staff, &fake, asked + 1, &first["nextFetchAt"]).await;
        assert_eq!(fake.counts(), (asked + 1, 1));
        assert_eq!((&second["lastFault"], &second["rangeCount"]), (&Value::Null, &json!(1)));
        assert_eq!(instant(&second["lastFetchedAt"]), due);

        // Another time is taken instead.
        fake.say(200, calendar(&["20260310T140000/PT1H", "20260311T140000/PT1H"]));
        app.clock.advance(TimeDelta::minutes(15));
        let third = settled(&app, admin, staff, &fake, asked + 2, &second["nextFetchAt"]).await;
        assert_eq!((&third["rangeCount"], &third["version"]), (&json!(2), &json!(1)));
        assert!(!offered(admin, &wish, DATE).await.contains(&kyiv("2026-03-10T14:00:00+02:00")));

        // The server fails: what was read goes on to count, and it is asked less often.
        fake.say(500, "");
        app.clock.advance(TimeDelta::minutes(15));
        let failed = settled(&app, admin, staff, &fake, asked + 3, &third["nextFetchAt"]).await;
        assert_eq!((&failed["lastFault"], &failed["rangeCount"]), (&json!("UNREACHABLE"), &json!(2)));
        assert_eq!(instant(&failed["nextFetchAt"]) - instant(&failed["lastFetchedAt"]), TimeDelta::minutes(45));
        assert!(!offered(admin, &wish, DATE).await.contains(&kyiv("2026-03-10T14:00:00+02:00")));

        // Somebody has it read at once, in vain and then not.
        let refresh = json!({ "id": first["id"] });
        for (status, body, fault) in [(404, "", "DENIED"), (200, "<html></html>", "NOT_A_CALENDAR")] {
            fake.say(status, body);
            let tried = admin.done("busyCalendarRefresh", refresh.clone(), &selection).await;
            assert_eq!(tried["busyCalendar"]["lastFault"], fault);
        }
        fake.lead_to("http://127.0.0.1:1/");
        let tried = admin.done("busyCalendarRefresh", refresh.clone(), &selection).await;
        assert_eq!(tried["busyCalendar"]["lastFault"], "ADDRESS_REFUSED");
        fake.say(200, calendar(&["20260310T120000/PT30M"]));
        let mended = admin.done("busyCalendarRefresh", refresh, &selection).await;
        assert_eq!(mended["affectedBookings"], json!([{ "id": booked, "reasons": ["STAFF_IMPORTED_BUSY"] }]));
        assert_eq!(mended["busyCalendar"]["lastFault"], Value::Null);
        let next = instant(&mended["busyCalendar"]["nextFetchAt"]);
        assert_eq!(next - instant(&mended["busyCalendar"]["lastFetchedAt"]), TimeDelta::minutes(15));

        // Once it is taken away nobody asks any more.
        let gone = json!({ "id": first["id"], "version": 1 });
        let gone = admin.done("busyCalendarRemove", gone, &format!("busyCalendar {{ {STATE} }}")).await;
        assert_eq!((&gone["busyCalendar"]["removed"], &gone["busyCalendar"]["nextFetchAt"]), (&json!(true), &Value::Null));
        let (asked, _) = fake.counts();
        app.clock.advance(TimeDelta::days(2));
        let again = json!({ "id": first["id"] });
        assert_eq!(admin.mutate("busyCalendarRefresh", again, "").await.refusals(), ["ARCHIVED"]);
        assert_eq!(fake.counts().0, asked);
    }
}

harness::api_test! {
    async fn a_repeated_subscription_is_answered_whatever_stands_at_the_address_by_now(engine: Engine) {
        let (fake, host) = Fake::start().await;
        let trusted = host.clone();
        let app = App::start_with(engine, |config| config.outbound.trusted_hosts = vec![trusted]).await.expect("an app");
        let company = Company::new(&app).await;
        fake.say(200, calendar(&["20260310T120000/PT1H"]));
        let input = json!({ "staffId": company.staff[0], "name": "Google", "url": format!("http://{host}/"), "idempotencyKey": key() });
        let selection = format!("busyCalendar {{ {STATE} }} {AFFECTED}");
        let first = company.administrator.done("busyCalendarSubscribe", input.clone(), &selection).await;
        let asked = fake.counts().0;
        fake.say(500, "");
        assert_eq!(company.administrator.done("busyCalendarSubscribe", input.clone(), &selection).await, first);
        assert_eq!(fake.counts().0, asked);
        let mut other = input;
        other["name"] = json!("Інший");
        let refused = company.administrator.mutate("busyCalendarSubscribe", other, "").await;
        assert_eq!(refused.refusals(), ["IDEMPOTENCY_KEY_REUSED@idempotencyKey"]);
    }
}

/// A subscription in an app of its own, made by a program: a login would have ended after the clock's leaps.
struct Subscribed {
    app: App,
    fake: Fake,
    company: Company,
    program: Client,
    calendar: Value,
}

impl Subscribed {
    async fn new(engine: Engine) -> Self {
        let (fake, host) = Fake::start().await;
        let trusted = host.clone();
        let app =
            App::start_with(engine, |config| config.outbound.trusted_hosts = vec![trusted]).await.expect("an app");
        let company = Company::new(&app).await;
        let permissions = ["busy_calendars.all", "bookings.all", "staff.read", "staff.write"];
        let program = company.key_with(&permissions).await;
        fake.say(200, calendar(&["20260310T120000/PT1H"]));
        let input = json!({ "staffId": company.staff[0], "name": "Google", "url": format!("http://{host}/") });
        let made = program.done("busyCalendarSubscribe", input, &format!("busyCalendar {{ {STATE} }}")).await;
        Self { app, fake, company, program, calendar: made["busyCalendar"].clone() }
    }

    /// Archives its owner of this version, or takes them back; gives their next version.
    async fn turn(&self, mutation: &str, version: Value) -> Value {
        let input = json!({ "id": self.company.staff[0], "version": version });
        self.program.done(mutation, input, "staffMember { version }").await["staffMember"]["version"].clone()
    }

    /// Waits until no job is due.
    async fn idle(&self) {
        let jobs = &self.app.inside.domains.jobs;
        for _ in 0..2_000 {
            if jobs.backlog().await.expect("a count").due == 0 {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("the worker does not come to an end");
    }

    /// It, once its address was asked once more.
    async fn read_again(&self) -> Value {
        let (app, due) = (&self.app, &self.calendar["nextFetchAt"]);
        settled(app, &self.program, &self.company.staff[0], &self.fake, 2, due).await
    }
}

harness::api_test! {
    async fn a_subscription_of_somebody_who_was_away_is_read_again_when_they_are_back(engine: Engine) {
        let one = Subscribed::new(engine).await;
        // The job comes due, finds nobody and brings no other.
        let archived = one.turn("staffMemberArchive", version(&one.company, "staffMember", &one.company.staff[0]).await).await;
        one.app.clock.advance(TimeDelta::minutes(30));
        one.idle().await;
        assert_eq!(one.fake.counts().0, 1);
        one.fake.say(200, calendar(&["20260310T120000/PT1H", "20260311T120000/PT1H"]));
        one.turn("staffMemberRestore", archived).await;
        assert_eq!(one.read_again().await["rangeCount"], 2);
    }
}

harness::api_test! {
    async fn a_subscription_that_nobody_reads_any_more_is_found(engine: Engine) {
        let one = Subscribed::new(engine).await;
        // As if its job had been given up and discarded.
        let gone = "DELETE FROM job WHERE handler = 'staff.refresh_busy_calendar'";
        execute(one.app.storage(), gone.to_owned()).await;
        one.app.clock.advance(TimeDelta::hours(1));
        one.idle().await;
        assert_eq!(one.fake.counts().0, 1);
        one.fake.say(200, calendar(&[]));
        one.app.clock.advance(TimeDelta::hours(6));
        assert_eq!(one.read_again().await["rangeCount"], 0);
    }
}

harness::api_test! {
    async fn an_address_that_gives_no_calendar_is_refused(engine: Engine) {
        let (fake, host) = Fake::start().await;
        let (inner, hidden) = Fake::start().await;
        inner.say(200, calendar(&[]));
        let trusted = host.clone();
        let app = App::start_with(engine, |config| config.outbound.trusted_hosts = vec![trusted]).await.expect("an app");
        let company = Company::new(&app).await;
        let (admin, staff) = (&company.administrator, &company.staff[0]);
        let subscribe = async |url: String| {
            let input = json!({ "staffId": staff, "name": "Google", "url": url });
            admin.mutate("busyCalendarSubscribe", input, "").await.refusals()
        };
        let address = format!("http://{host}/a.ics");
        for (status, body, expected) in [
            (404, String::new(), "CALENDAR_DENIED@url"),
            (403, String::new(), "CALENDAR_DENIED@url"),
            (503, String::new(), "CALENDAR_UNREACHABLE@url"),
            (200, "<html></html>".to_owned(), "NOT_A_CALENDAR@url"),
            (200, calendar(&[])[..40].to_owned(), "NOT_A_CALENDAR@url"),
            (200, "x".repeat(4 * 1024 * 1024 + 1), "CALENDAR_TOO_LARGE@url"),
        ] {
            fake.say(status, body);
            assert_eq!(subscribe(address.clone()).await, [expected], "{status}");
        }
        for inside in [format!("http://{hidden}/"), "https://169.254.169.254/".into(), "//[::1]/".into()] {
            fake.lead_to(&inside);
            assert_eq!(subscribe(address.clone()).await, ["CALENDAR_ADDRESS_REFUSED@url"], "{inside}");
        }
        assert_eq!(subscribe(format!("http://{hidden}/")).await, ["CALENDAR_ADDRESS_REFUSED@url"]);
        assert_eq!(inner.counts().0, 0);
        assert_eq!(listed(admin, staff).await, json!([]));
        // Nobody has strangers asked without end.
        fake.say(404, "");
        subscribe(address.clone()).await;
        let input = json!({ "staffId": staff, "name": "Google", "url": address });
        assert_eq!(admin.mutate("busyCalendarSubscribe", input, "").await.answer.code(), "RATE_LIMITED");
    }
}
