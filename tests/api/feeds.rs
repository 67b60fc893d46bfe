//! The calendar in other calendars: what an address shows, to whom it is unknown, and since when.

use harness::{Client, Company, key};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::calendar::be_staff;

/// What an address answered.
struct Ics {
    status: StatusCode,
    headers: reqwest::header::HeaderMap,
    text: String,
}

async fn get(url: &str) -> Ics {
    get_with(url, "").await
}

async fn get_with(url: &str, tag: &str) -> Ics {
    let request = reqwest::Client::new().get(url).header("if-none-match", tag);
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status(), response.headers().clone());
    Ics { status, headers, text: response.text().await.expect("a text") }
}

impl Ics {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The content lines, after checking the form that RFC 5545 asks of the whole.
    fn lines(&self) -> Vec<String> {
        assert_eq!(self.status, 200, "{}", self.text);
        assert_eq!(self.header("content-type"), "text/calendar; charset=utf-8");
        assert!(self.text.ends_with("END:VCALENDAR\r\n"));
        assert_eq!(self.text.matches('\n').count(), self.text.matches("\r\n").count());
        assert!(self.text.split("\r\n").all(|line| line.len() <= 75));
        let lines: Vec<String> = self.text.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect();
        let mut open = Vec::new();
        for line in &lines {
            if let Some(name) = line.strip_prefix("BEGIN:") {
                open.push(name);
            } else if let Some(name) = line.strip_prefix("END:") {
                assert_eq!(open.pop(), Some(name));
            }
        }
        for zone in lines.iter().filter_map(|line| line.split_once(";TZID=")?.1.split(':').next()) {
            assert!(lines.contains(&format!("TZID:{zone}")), "{zone} is not defined");
        }
        lines
    }

    /// The entries, each as its lines.
    fn entries(&self) -> Vec<Vec<String>> {
        let lines = self.lines();
        let entries = lines.split(|line| line == "BEGIN:VEVENT").skip(1);
        entries.map(|entry| entry.iter().take_while(|line| *line != "END:VEVENT").cloned().collect()).collect()
    }
}

fn value<'a>(entry: &'a [String], name: &str) -> &'a str {
    entry
        .iter()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .unwrap_or_else(|| panic!("no {name} in {entry:#?}"))
}

async fn feed(client: &Client, input: Value) -> (Value, String) {
    let made = client.done("calendarFeedCreate", input, "feed { id version scope clientNames } url").await;
    (made["feed"].clone(), made["url"].as_str().expect("an address").to_owned())
}

harness::api_test! {
    async fn a_persons_calendar_shows_what_they_do_and_nobody_who_comes(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        let booking = company.book("2026-03-30T10:00:00+03:00").await;
        let mut other = company.visit("2026-03-30T12:00:00+03:00");
        other["lines"][0]["staffId"] = json!(company.staff[1]);
        admin.done("bookingCreate", other, "booking { id }").await;

        let (made, url) = feed(admin, json!({ "name": "Телефон", "staffId": company.staff[0] })).await;
        assert_eq!((&made["scope"], &made["clientNames"]), (&json!("STAFF"), &json!(false)));
        let calendar = get(&url).await;
        let entries = calendar.entries();
        assert_eq!(entries.len(), 1);
        let entry = &entries[0];
        assert_eq!(value(entry, "UID"), format!("{booking}.{}@zapys", company.staff[0]));
        // Summer time began the day before.
        assert_eq!(value(entry, "DTSTART;TZID=Europe/Kyiv"), "20260330T100000");
        assert_eq!(value(entry, "DTEND;TZID=Europe/Kyiv"), "20260330T110000");
        assert_eq!((value(entry, "STATUS"), value(entry, "SEQUENCE")), ("CONFIRMED", "1"));
        assert_eq!(value(entry, "LOCATION"), "Поділ\\, вул. Спаська\\, 1");
        assert!(!calendar.text.contains("Соломія") && !calendar.text.contains("+38050"), "{}", calendar.text);
        assert!(calendar.lines().contains(&"NAME:Ірина".to_owned()));
        assert!(calendar.lines().contains(&"DTSTART:20260329T030000".to_owned()), "summer time is defined");
        assert_eq!(calendar.header("cache-control"), "private, no-cache");

        // The same again: nothing is sent. After a change: another text.
        let tag = calendar.header("etag").to_owned();
        let same = get_with(&url, &tag).await;
        assert_eq!((same.status, same.text.as_str(), same.header("etag")), (StatusCode::NOT_MODIFIED, "", tag.as_str()));
        let cancel = json!({ "id": booking, "version": 1, "reason": "CLIENT_REQUEST", "idempotencyKey": key() });
        admin.done("bookingCancel", cancel, "booking { id }").await;
        let after = get_with(&url, &tag).await;
        let entries = after.entries();
        assert_eq!((value(&entries[0], "STATUS"), value(&entries[0], "SEQUENCE")), ("CANCELLED", "2"));
        assert_eq!(value(&entries[0], "UID"), format!("{booking}.{}@zapys", company.staff[0]));
    }
}

harness::api_test! {
    async fn the_companys_calendar_names_clients_where_that_is_wished(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        company.book("2026-03-09T10:00:00+02:00").await;
        let mut second = company.visit("2026-03-09T10:00:00+02:00");
        second["lines"][0]["staffId"] = json!(company.staff[1]);
        admin.done("bookingCreate", second, "booking { id }").await;
        let (_, whole) = feed(admin, json!({ "name": "Усе", "clientNames": true })).await;
        let (_, place) = feed(admin, json!({ "name": "Поділ", "locationId": company.location })).await;
        let entries = get(&whole).await.entries();
        assert_eq!(entries.len(), 2);
        assert!(entries.iter().all(|entry| value(entry, "SUMMARY").ends_with(" · Соломія Крушельницька")), "{entries:#?}");
        let people: Vec<&str> = entries.iter().map(|entry| value(entry, "DESCRIPTION").rsplit("\\n").next().unwrap()).collect();
        assert!(people.contains(&"Ірина") && people.contains(&"Марко"));
        let here = get(&place).await;
        assert_eq!(here.entries().len(), 2);
        assert!(!here.text.contains("Соломія"));
    }
}

harness::api_test! {
    async fn an_address_that_was_turned_or_revoked_is_unknown_at_once(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        let input = json!({ "name": "Телефон", "staffId": company.staff[0], "idempotencyKey": key() });
        let (made, first) = feed(admin, input.clone()).await;
        let again = admin.done("calendarFeedCreate", input, "feed { id } url").await;
        assert_eq!((&again["feed"]["id"], &again["url"]), (&made["id"], &Value::Null));

        let turn = json!({ "id": made["id"], "version": 1 });
        let turned = admin.done("calendarFeedRotate", turn.clone(), "feed { version } url").await;
        let second = turned["url"].as_str().unwrap().to_owned();
        let unknown = get(&first).await;
        assert_eq!((unknown.status, get(&second).await.status), (StatusCode::NOT_FOUND, StatusCode::OK));
        assert_eq!(admin.mutate("calendarFeedRotate", turn, "__typename").await.refusals(), ["VERSION_CONFLICT@version"]);

        let end = json!({ "id": made["id"], "version": 2 });
        admin.done("calendarFeedRevoke", end, "feed { revokedAt }").await;
        let revoked = get(&second).await;
        let never = get(&second.replace("zcf_A", "zcf_B")).await;
        for answer in [&revoked, &never, &get(&second.replace(".ics", "")).await] {
            assert_eq!((answer.status, &answer.text), (StatusCode::NOT_FOUND, &unknown.text));
        }
    }
}

harness::api_test! {
    async fn who_may_see_their_own_publishes_their_own_and_only_while_they_may(app: &App) {
        let company = Company::new(app).await;
        let employee = company.hire_user("EMPLOYEE").await;
        be_staff(&company, 1, &employee.id).await;
        for input in [
            json!({ "name": "Усе" }),
            json!({ "name": "Поділ", "locationId": company.location }),
            json!({ "name": "Чуже", "staffId": company.staff[0] }),
        ] {
            let answer = employee.client.mutate("calendarFeedCreate", input, "__typename").await.answer;
            assert_eq!(answer.codes(), ["FORBIDDEN"]);
        }
        let (own, url) = feed(&employee.client, json!({ "name": "Моє", "staffId": company.staff[1] })).await;
        let (theirs, _) = feed(&company.administrator, json!({ "name": "Чуже", "staffId": company.staff[0] })).await;
        assert_eq!(get(&url).await.status, StatusCode::OK);

        // They see and end what they made; of the rest they know nothing.
        let seen = employee.client.data("{ calendarFeeds(first: 10) { nodes { id } } }", Value::Null).await;
        assert_eq!(seen["calendarFeeds"]["nodes"], json!([{ "id": own["id"] }]));
        let end = json!({ "id": theirs["id"], "version": 1 });
        let answer = employee.client.mutate("calendarFeedRevoke", end, "__typename").await.answer;
        assert_eq!(answer.codes(), ["NOT_FOUND"]);

        let members = company.administrator.data("{ members(first: 10) { nodes { id version user { id } } } }", Value::Null).await;
        let member = members["members"]["nodes"].as_array().unwrap().iter().find(|it| it["user"]["id"] == json!(employee.id)).unwrap();
        let remove = json!({ "id": member["id"], "version": member["version"] });
        company.administrator.done("memberRemove", remove, "member { id }").await;
        assert_eq!(get(&url).await.status, StatusCode::NOT_FOUND);
    }
}

harness::api_test! {
    async fn a_visit_has_a_link_of_its_own(app: &App) {
        let company = Company::new(app).await;
        let booking = company.book("2026-03-09T10:00:00+02:00").await;
        let query = "query($id: ID!) { booking(id: $id) { icsUrl } }";
        let data = company.administrator.data(query, json!({ "id": booking })).await;
        let url = data["booking"]["icsUrl"].as_str().unwrap().to_owned();
        let entries = get(&url).await.entries();
        assert_eq!(entries.len(), 1);
        // The UID of the letters, so that whoever has both has one entry.
        assert_eq!(value(&entries[0], "UID"), format!("{booking}@zapys"));
        assert!(value(&entries[0], "SUMMARY").starts_with("Салон «Проба»: "));
        assert!(!get(&url).await.text.contains("Соломія"));
        let at = url.len() - 20;
        let other = if &url[at..=at] == "A" { "B" } else { "A" };
        let forged = format!("{}{other}{}", &url[..at], &url[at + 1..]);
        assert_eq!(get(&forged).await.status, StatusCode::NOT_FOUND);
    }
}
