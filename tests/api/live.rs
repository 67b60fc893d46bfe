//! Two calendars that are open at once, kept as docs/graphql.md says: each change is applied by whoever has the version before
//! it, and everybody else reads the date anew. Whatever happens, and whatever is lost on the way, both end as the database.

use std::collections::{BTreeMap, BTreeSet};

use harness::{Client, Company, Dice, Socket, create, key};
use serde_json::{Value, json};

const FROM: &str = "2026-03-09";
const TO: &str = "2026-03-15";

const PAGE: &str = "query($from: LocalDate!, $to: LocalDate!) { calendar(from: $from, to: $to) {
    settingsVersion days { date version }
    bookings { id version status startsAt localDate } holds { id startsAt localDate }
    staff { staffId shifts { startsAt endsAt } } } }";
const CHANGES: &str = "subscription { calendarChanged {
    kind bookingId booking { id version status startsAt localDate } holdId hold { id startsAt localDate }
    days { date previousVersion version } } }";

/// What a front end keeps: the versions of the dates, and what is on them by id.
#[derive(Debug, Clone, PartialEq, Default)]
struct Page {
    settings: Value,
    versions: BTreeMap<String, String>,
    shown: BTreeMap<String, Value>,
    shifts: Value,
    /// How often it had to read dates anew; not compared.
    refetched: u32,
}

impl Page {
    async fn read(client: &Client) -> Self {
        let mut page = Self::default();
        page.refetch(client, FROM, TO).await;
        page.refetched = 0;
        page
    }

    /// Reads a range of dates anew: what was shown on them is forgotten.
    async fn refetch(&mut self, client: &Client, from: &str, to: &str) {
        let data = client.data(PAGE, json!({ "from": from, "to": to })).await["calendar"].clone();
        self.shown.retain(|_, thing| !(from..=to).contains(&date(thing).as_str()));
        for day in data["days"].as_array().unwrap() {
            self.versions.insert(text(&day["date"]), text(&day["version"]));
        }
        for kind in ["bookings", "holds"] {
            for thing in data[kind].as_array().unwrap() {
                self.shown.insert(text(&thing["id"]), thing.clone());
            }
        }
        if (from, to) == (FROM, TO) {
            (self.settings, self.shifts) = (data["settingsVersion"].clone(), data["staff"].clone());
        }
        self.refetched += 1;
    }

    /// What a front end does with a change.
    async fn hear(&mut self, client: &Client, change: &Value) {
        if ["MISSED", "SETTINGS"].contains(&change["kind"].as_str().unwrap()) {
            return self.refetch(client, FROM, TO).await;
        }
        let steps = change["days"].as_array().unwrap();
        let shown: Vec<_> = steps.iter().filter(|step| self.versions.contains_key(&text(&step["date"]))).collect();
        let is_known = |step: &&&Value| self.versions[&text(&step["date"])] == text(&step["previousVersion"]);
        let missed: Vec<String> = shown.iter().filter(|step| !is_known(step)).map(|step| text(&step["date"])).collect();
        for step in shown {
            self.versions.insert(text(&step["date"]), text(&step["version"]));
        }
        let (id, thing) = match change["bookingId"].as_str() {
            Some(id) => (id, &change["booking"]),
            None => (change["holdId"].as_str().unwrap(), &change["hold"]),
        };
        self.shown.remove(id);
        let blocks = !["CANCELLED", "DECLINED", "NO_SHOW"].contains(&thing["status"].as_str().unwrap_or(""));
        if !thing.is_null() && blocks && self.versions.contains_key(&date(thing)) {
            self.shown.insert(id.to_owned(), thing.clone());
        }
        for date in missed {
            self.refetch(client, &date, &date).await;
        }
    }

    /// What a front end does when it was away: what has another version is read anew.
    async fn resume(&mut self, client: &Client) -> BTreeSet<String> {
        let query = "query($from: LocalDate!, $to: LocalDate!) { calendarVersions(from: $from, to: $to) {
            settingsVersion days { date version } } }";
        let now = client.data(query, json!({ "from": FROM, "to": TO })).await["calendarVersions"].clone();
        if now["settingsVersion"] != self.settings {
            self.refetch(client, FROM, TO).await;
        }
        let days = now["days"].as_array().unwrap().iter();
        let changed = days.filter(|day| self.versions[&text(&day["date"])] != text(&day["version"]));
        let changed: BTreeSet<String> = changed.map(|day| text(&day["date"])).collect();
        for date in &changed {
            self.refetch(client, date, date).await;
        }
        changed
    }

    fn content(&self) -> Self {
        Self { refetched: 0, ..self.clone() }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}")).to_owned()
}

fn date(thing: &Value) -> String {
    thing["localDate"].as_str().unwrap_or_default().to_owned()
}

async fn listen(client: &Client) -> Socket {
    let mut socket = Socket::open(client).await.expect("a socket");
    socket.subscribe(CHANGES, Value::Null).await.expect("sent");
    socket
}

async fn heard(socket: &mut Socket, page: &mut Page, client: &Client) -> Value {
    let change = socket.event().await.expect("a change")["calendarChanged"].clone();
    page.hear(client, &change).await;
    change
}

fn visit(company: &Company, start: &str, staff: usize) -> Value {
    let mut visit = company.visit(start);
    visit["lines"][0]["staffId"] = json!(company.staff[staff]);
    visit
}

async fn version(company: &Company, id: &str) -> Value {
    let query = "query($id: ID!) { booking(id: $id) { version } }";
    company.administrator.data(query, json!({ "id": id })).await["booking"]["version"].clone()
}

/// Does something to a booking, whatever comes of it.
async fn act(company: &Company, mutation: &str, id: &str, more: Value) -> bool {
    let mut input = json!({ "id": id, "version": version(company, id).await });
    input.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    company.administrator.mutate(mutation, input, "__typename").await.refusals().is_empty()
}

harness::api_test! {
    async fn who_lost_the_connection_ends_equal_to_who_did_not_and_to_the_database(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        let mut steady = Page::read(admin).await;
        let mut shaky = steady.clone();
        let mut socket = listen(admin).await;
        let other = listen(admin).await;
        app.until_listening(&company.id, 2).await;

        let first = company.book("2026-03-09T10:00:00+02:00").await;
        heard(&mut socket, &mut steady, admin).await;
        // The other one is cut off; meanwhile things come, move over days, and go.
        drop(other);
        app.until(|app| app.listening(&company.id) == 1, "it still listens").await;
        let second = create(admin, "bookingCreate", "booking", visit(&company, "2026-03-10T10:00:00+02:00", 1)).await;
        heard(&mut socket, &mut steady, admin).await;
        let moved = act(&company, "bookingReschedule", &first,
            json!({ "startsAt": "2026-03-12T15:00:00+02:00", "idempotencyKey": key() })).await;
        assert!(moved);
        let change = heard(&mut socket, &mut steady, admin).await;
        let touched: Vec<&str> = change["days"].as_array().unwrap().iter().map(|step| step["date"].as_str().unwrap()).collect();
        assert_eq!(touched, ["2026-03-09", "2026-03-12"]);
        assert!(act(&company, "bookingCancel", &second, json!({ "reason": "OTHER", "idempotencyKey": key() })).await);
        heard(&mut socket, &mut steady, admin).await;
        assert_eq!(steady.refetched, 0, "who missed nothing never reads anew");
        assert_ne!(shaky.content(), steady.content());

        // It comes back: subscribes first, then compares.
        let mut again = listen(admin).await;
        app.until_listening(&company.id, 2).await;
        let changed = shaky.resume(admin).await;
        assert_eq!(changed.into_iter().collect::<Vec<_>>(), ["2026-03-09", "2026-03-10", "2026-03-12"]);
        let truth = Page::read(admin).await;
        assert_eq!(shaky.content(), truth);
        assert_eq!(steady.content(), truth);

        // And from there on both go on alike.
        company.book("2026-03-13T10:00:00+02:00").await;
        heard(&mut socket, &mut steady, admin).await;
        let before = shaky.refetched;
        heard(&mut again, &mut shaky, admin).await;
        assert_eq!(shaky.refetched, before);
        assert_eq!((shaky.content(), steady.content()), (Page::read(admin).await, Page::read(admin).await));
    }
}

harness::api_test! {
    /// The control: a change that is not heard, and another one after it. By the step alone the gap is seen.
    async fn a_gap_is_noticed_by_the_next_change(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        let mut page = Page::read(admin).await;
        let mut socket = listen(admin).await;
        app.until_listening(&company.id, 1).await;
        company.book("2026-03-09T10:00:00+02:00").await;
        company.book("2026-03-09T12:00:00+02:00").await;
        socket.event().await.expect("the change that is lost");
        heard(&mut socket, &mut page, admin).await;
        assert_eq!(page.refetched, 1);
        assert_eq!(page.content(), Page::read(admin).await);
        assert_eq!(page.shown.len(), 2);
    }
}

harness::api_test! {
    async fn hours_and_absences_are_told_as_settings(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        let mut page = Page::read(admin).await;
        let mut socket = listen(admin).await;
        app.until_listening(&company.id, 1).await;
        let absence = json!({ "staffId": company.staff[0], "startsAt": "2026-03-09T00:00:00+02:00", "endsAt": "2026-03-10T00:00:00+02:00" });
        create(admin, "timeOffRequest", "timeOff", absence).await;
        let change = heard(&mut socket, &mut page, admin).await;
        assert_eq!((&change["kind"], &change["days"]), (&json!("SETTINGS"), &json!([])));
        assert_eq!(page.content(), Page::read(admin).await);
    }
}

/// What a listing of these days of March offers: starts, and who is free.
async fn slots(company: &Company, from: u32, to: u32) -> Vec<Value> {
    let query = "query($visit: AvailabilityVisitInput!, $from: LocalDate!, $to: LocalDate!) {
        availability(visit: $visit, from: $from, to: $to) { slots { startsAt staffIds } } }";
    let visit = json!({ "locationId": company.location, "lines": [{ "serviceId": company.service }] });
    let variables = json!({ "visit": visit, "from": format!("2026-03-{from:02}"), "to": format!("2026-03-{to:02}") });
    let answer = company.administrator.data(query, variables).await;
    answer["availability"]["slots"].as_array().unwrap().clone()
}

const KEPT_AND_READ: &str = "{
    calendar(from: \"2026-03-08\", to: \"2026-03-18\", filter: { statuses: [PENDING, CONFIRMED, CANCELLED] }) { bookings { ...shown } }
    bookings(first: 100, filter: { from: \"2026-03-08\", to: \"2026-03-18\", statuses: [PENDING, CONFIRMED, CANCELLED] }) {
        nodes { ...shown } }
}
fragment shown on Booking {
    id reference version status statusSince startsAt endsAt localDate clientNote cancelReason updatedAt total { amountMinor }
    client { id name version } lines { id startsAt endsAt serviceName staff { name } resources { name } }
}";

harness::api_test! {
    /// Forty random operations, of which a listener loses some words and another one loses none.
    async fn whatever_happens_two_calendars_end_as_the_database(app: &App) {
        for seed in [1, 2] {
            let company = Company::new(app).await;
            let admin = &company.administrator;
            let mut dice = Dice::new(seed);
            let mut pages = [Page::read(admin).await, Page::read(admin).await];
            let mut socket = listen(admin).await;
            app.until_listening(&company.id, 1).await;
            let mut bookings: Vec<String> = Vec::new();
            let mut holds: Vec<String> = Vec::new();
            for _ in 0..40 {
                let start = format!("2026-03-{:02}T{:02}:00:00+02:00", 8 + dice.roll(9), 9 + dice.roll(10));
                let some = |dice: &mut Dice, list: &[String]| (!list.is_empty()).then(|| list[dice.roll(list.len())].clone());
                match dice.roll(8) {
                    0 | 1 => {
                        let answer = admin.mutate("bookingCreate", visit(&company, &start, dice.roll(2)), "booking { id }").await;
                        bookings.extend(answer.value()["booking"]["id"].as_str().map(str::to_owned));
                    }
                    2 => if let Some(id) = some(&mut dice, &bookings) {
                        act(&company, "bookingReschedule", &id, json!({ "startsAt": start, "idempotencyKey": key() })).await;
                    },
                    3 => if let Some(id) = some(&mut dice, &bookings) {
                        act(&company, "bookingCancel", &id, json!({ "reason": "OTHER", "idempotencyKey": key() })).await;
                    },
                    4 => if let Some(id) = some(&mut dice, &bookings) {
                        act(&company, "bookingUpdate", &id, json!({ "clientNote": start })).await;
                    },
                    5 => {
                        let query = "query($id: ID!) { client(id: $id) { version } }";
                        let card = admin.data(query, json!({ "id": company.visitor })).await["client"].clone();
                        let change = json!({ "id": company.visitor, "version": card["version"], "name": format!("Гість {start}") });
                        admin.done("clientUpdate", change, "client { id }").await;
                    }
                    6 => {
                        let mut hold = visit(&company, &start, dice.roll(2));
                        hold.as_object_mut().unwrap().remove("clientId");
                        let answer = admin.mutate("holdCreate", hold, "token hold { id }").await;
                        holds.extend(answer.value()["token"].as_str().map(str::to_owned));
                    }
                    _ => if let Some(token) = dice.take(&mut holds) {
                        admin.mutate("holdRelease", json!({ "token": token }), "__typename").await;
                    },
                }
                // Listings of many days come from kept days, those of a few from the rows.
                let (kept, mut read) = (slots(&company, 8, 18).await, Vec::new());
                for first in [8, 11, 14, 17] {
                    read.extend(slots(&company, first, (first + 2).min(18)).await);
                }
                assert_eq!(kept, read, "seed {seed}");
                // A page of the calendar comes from kept bookings and cards, a list from the rows.
                let both = admin.data(KEPT_AND_READ, Value::Null).await;
                let (kept, read) = (&both["calendar"]["bookings"], &both["bookings"]["nodes"]);
                assert_eq!(kept, read, "seed {seed}");
            }
            // The last word: a booking that is told after all others.
            let last = create(admin, "bookingCreate", "booking", visit(&company, "2026-03-17T10:00:00+02:00", 0)).await;
            loop {
                let change = socket.event().await.expect("a change")["calendarChanged"].clone();
                pages[0].hear(admin, &change).await;
                // One word in three never reaches the second.
                if dice.roll(3) > 0 {
                    pages[1].hear(admin, &change).await;
                }
                if change["bookingId"] == json!(last) {
                    break;
                }
            }
            let truth = Page::read(admin).await;
            assert!(truth.shown.len() > 3, "seed {seed}: too little happened");
            assert_eq!(pages[0].content(), truth, "seed {seed}");
            pages[1].resume(admin).await;
            assert_eq!(pages[1].content(), truth, "seed {seed}");
        }
    }
}
