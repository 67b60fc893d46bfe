//! One thing of each kind that a company can have, for tests that go through all of them.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::company::{Company, Ids, Person, create, every_day, hire, key};

impl Company {
    /// Makes a fresh thing of each kind, and gives their ids. What was made before may have been archived since.
    pub async fn ids(&self) -> Ids {
        let mut ids = Ids::new();
        let mut note = |prefix: &'static str, id: String| ids.entry(prefix).or_default().push(id);
        note("cmp", self.id.clone());
        for (prefix, id) in self.places().await {
            note(prefix, id);
        }
        for (prefix, id) in self.people().await {
            note(prefix, id);
        }
        for (prefix, id) in self.offers().await {
            note(prefix, id);
        }
        for (prefix, id) in self.visits().await {
            note(prefix, id);
        }
        ids
    }

    async fn places(&self) -> Vec<(&'static str, String)> {
        let admin = &self.administrator;
        let location = json!({ "name": name(), "opening": every_day("09:00", "19:00") });
        let closure = json!({
            "locationId": self.location, "startsAt": "2027-01-01T00:00:00+02:00", "endsAt": "2027-01-02T00:00:00+02:00",
        });
        vec![
            ("loc", create(admin, "locationCreate", "location", location).await),
            ("clo", create(admin, "closureCreate", "closure", closure).await),
        ]
    }

    async fn people(&self) -> Vec<(&'static str, String)> {
        let admin = &self.administrator;
        let invitation =
            json!({ "email": format!("{}@example.com", Uuid::new_v4().simple()), "role": { "kind": "EMPLOYEE" } });
        let role = json!({ "name": name(), "permissions": ["company.read"] });
        let api_key = json!({ "name": name(), "kind": "SECRET", "permissions": ["company.read"] });
        let client = json!({ "name": "Леся Українка", "phones": ["+380671234567"] });
        let client = create(admin, "clientCreate", "client", client).await;
        let note = json!({ "clientId": client, "body": "Любить каву" });
        let (member, user) = self.another_member().await;
        let first = admin.data("{ auditLog(first: 1) { nodes { id } } }", Value::Null).await;
        vec![
            (
                "inv",
                self.living(
                    "{ invitations(first: 100) { nodes { id ended: revokedAt } } }",
                    "invitationCreate",
                    "invitation",
                    invitation,
                )
                .await,
            ),
            ("rol", self.living("{ roles { id ended: archived } }", "roleCreate", "role", role).await),
            (
                "key",
                self.living(
                    "{ apiKeys(first: 100) { nodes { id ended: revokedAt } } }",
                    "apiKeyCreate",
                    "apiKey",
                    api_key,
                )
                .await,
            ),
            ("not", create(admin, "clientNoteCreate", "note", note).await),
            ("cli", client),
            ("mem", member),
            ("usr", user),
            ("ses", self.another_session().await),
            ("evt", text(&first["auditLog"]["nodes"][0]["id"])),
        ]
    }

    /// One that is still alive, else a new one: a company may have only so many.
    async fn living(&self, query: &str, mutation: &str, thing: &str, input: Value) -> String {
        let data = self.administrator.data(query, Value::Null).await;
        let list = data.as_object().and_then(|data| data.values().next()).cloned().unwrap_or_default();
        let list = if list.is_array() { list } else { list["nodes"].clone() };
        let living =
            list.as_array().and_then(|list| list.iter().find(|one| one["ended"].is_null() || one["ended"] == false));
        match living {
            Some(one) => text(&one["id"]),
            None => create(&self.administrator, mutation, thing, input).await,
        }
    }

    /// A member who isn't the owner; somebody is hired when there is none.
    async fn another_member(&self) -> (String, String) {
        let query = "{ members(first: 100) { nodes { id removedAt user { id } } } }";
        for _ in 0..2 {
            let data = self.administrator.data(query, Value::Null).await;
            let members = data["members"]["nodes"].as_array().cloned().unwrap_or_default();
            let is_other =
                |member: &&Value| member["removedAt"].is_null() && member["user"]["id"] != self.owner.id.as_str();
            if let Some(member) = members.iter().find(is_other) {
                return (text(&member["id"]), text(&member["user"]["id"]));
            }
            self.hire_user("EMPLOYEE").await;
        }
        panic!("nobody could be hired")
    }

    /// A session of the owner that isn't the one in use; they log in again when there is none.
    async fn another_session(&self) -> String {
        for _ in 0..2 {
            let data = self.administrator.data("{ sessions { id current } }", Value::Null).await;
            let sessions = data["sessions"].as_array().cloned().unwrap_or_default();
            if let Some(session) = sessions.iter().find(|session| session["current"] == false) {
                return text(&session["id"]);
            }
            Person::log_in(&self.nobody, &self.owner.email).await;
        }
        panic!("no second session")
    }

    async fn offers(&self) -> Vec<(&'static str, String)> {
        let admin = &self.administrator;
        let localized = || json!({ "uk": name() });
        let category = create(admin, "serviceCategoryCreate", "category", json!({ "name": localized() })).await;
        let kind = create(admin, "resourceKindCreate", "resourceKind", json!({ "name": localized() })).await;
        let unit = json!({ "kindId": kind, "locationId": self.location, "name": name() });
        let unit = create(admin, "resourceCreate", "resource", unit).await;
        let maintenance = json!({
            "resourceId": unit, "startsAt": "2026-12-01T09:00:00+02:00", "endsAt": "2026-12-01T10:00:00+02:00",
        });
        let service = json!({
            "name": localized(), "categoryId": category, "durationMinutes": 30, "price": { "kind": "FREE" },
            "addOns": [{ "name": localized() }],
        });
        let made = admin.done("serviceCreate", service, "service { id addOns { id } }").await;
        let (service, add_on) = (text(&made["service"]["id"]), text(&made["service"]["addOns"][0]["id"]));
        let staff = json!({ "name": name(), "locationIds": [self.location], "services": [{ "serviceId": service }] });
        let staff = create(admin, "staffMemberCreate", "staffMember", staff).await;
        let rota = json!({
            "staffId": staff, "locationId": self.location, "anchor": "2026-03-02", "validTo": "2026-03-31",
            "cycle": [{ "days": 2, "intervals": [{ "startsAt": "09:00", "endsAt": "18:00" }] }, { "days": 2, "intervals": [] }],
        });
        let time_off = json!({
            "staffId": staff, "startsAt": "2026-12-02T00:00:00+02:00", "endsAt": "2026-12-03T00:00:00+02:00",
        });
        // Of a name of its own, so that the next one takes its place: a person has few.
        let busy = json!({
            "staffId": self.staff[1], "name": "Інший календар",
            "text": "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20261202T080000Z\r\nDURATION:PT1H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        });
        let policy = json!({ "name": localized(), "tiers": [{ "hoursBefore": 24, "fee": { "kind": "FULL" } }] });
        vec![
            ("cxp", create(admin, "cancellationPolicyCreate", "cancellationPolicy", policy).await),
            (
                "fed",
                create(admin, "calendarFeedCreate", "feed", json!({ "name": name(), "staffId": self.staff[0] })).await,
            ),
            ("mnt", create(admin, "maintenanceCreate", "maintenance", maintenance).await),
            ("abs", create(admin, "timeOffRequest", "timeOff", time_off).await),
            ("bcl", create(admin, "busyCalendarImport", "busyCalendar", busy).await),
            ("rot", create(admin, "rotaCreate", "rota", rota).await),
            ("cat", category),
            ("add", add_on),
            ("rty", kind),
            ("rsc", unit),
            ("svc", service),
            ("stf", staff),
        ]
    }

    async fn visits(&self) -> Vec<(&'static str, String)> {
        let admin = &self.administrator;
        let made = admin.done("bookingCreate", self.visit(&self.free_start()), "booking { id lines { id } }").await;
        let hold = json!({
            "locationId": self.location, "startsAt": self.free_start(), "idempotencyKey": key(),
            "lines": [{ "serviceId": self.service, "staffId": self.staff[0] }],
        });
        // The last service of the list is one for groups, and the last of the staff holds its sessions.
        let group = json!({
            "name": { "uk": name() }, "kind": "GROUP", "durationMinutes": 60, "price": { "kind": "FREE" },
        });
        let group = create(admin, "serviceCreate", "service", group).await;
        let teacher = hire(admin, "Тренерка", &self.location, &group).await;
        let session = json!({
            "locationId": self.location, "serviceId": group, "staffId": teacher, "capacity": 10,
            "startsAt": "2026-03-20T10:00:00+02:00", "idempotencyKey": key(),
        });
        let mut repeating = session.clone();
        (repeating["startsAt"], repeating["idempotencyKey"]) = (json!("2026-03-23T10:00:00+02:00"), json!(key()));
        (repeating["mode"], repeating["recurrence"]) =
            (json!("ALL_OR_NOTHING"), json!({ "rule": "FREQ=WEEKLY;COUNT=2" }));
        let session = create(admin, "groupSessionCreate", "groupSession", session).await;
        let repeating = admin.done("groupSessionsCreate", repeating, "groupSessions { id }").await;
        let waits = json!({
            "locationId": self.location, "serviceId": self.service, "clientId": self.visitor, "idempotencyKey": key(),
            "windows": [{ "from": "2026-03-20", "to": "2026-03-27", "startsAt": "09:00", "endsAt": "12:00" }],
        });
        vec![
            ("wle", create(admin, "waitlistJoin", "entry", waits).await),
            ("gse", session),
            ("gse", text(&repeating["groupSessions"][0]["id"])),
            ("svc", group),
            ("stf", teacher),
            ("bkg", text(&made["booking"]["id"])),
            ("bln", text(&made["booking"]["lines"][0]["id"])),
            ("hld", create(admin, "holdCreate", "hold", hold).await),
            ("bsr", create(admin, "bookingSeriesCreate", "series", self.series(&self.free_start())).await),
        ]
    }
}

impl Company {
    /// The input of `bookingSeriesCreate` for one visit of the client, by the second of the staff. Four weeks after the free
    /// start, so that a series that goes on to a date of March does not take the dates of the next one.
    fn series(&self, start: &str) -> Value {
        let date: chrono::NaiveDate = start[..10].parse().unwrap_or_default();
        json!({
            "locationId": self.location, "clientId": self.visitor, "firstDate": date + chrono::Days::new(29),
            "time": &start[11..16],
            "lines": [{ "serviceId": self.service, "staffId": self.staff[1] }],
            "recurrence": { "rule": "FREQ=DAILY;COUNT=1" }, "idempotencyKey": key(),
        })
    }
}

fn name() -> String {
    format!("Проба {}", Uuid::new_v4().simple())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text is expected, not {value}")).to_owned()
}
