//! Rotas, drafts and what is published of them: only the published plan is working time, a free day of it is free, and
//! whatever changes working time can be asked for as a preview.

use harness::{Company, create, every_day};
use serde_json::{Value, json};

use super::{AFFECTED, kyiv, of, offered, version, visit};

const DATE: &str = "2026-03-10";

fn hours(from: &str, to: &str) -> Value {
    json!([{ "startsAt": from, "endsAt": to }])
}

/// Drafts what the first of the staff works on some dates.
fn draft(company: &Company, dates: &[&str], intervals: Value) -> Value {
    json!({ "shifts": [{
        "staffId": company.staff[0], "locationId": company.location, "dates": dates, "intervals": intervals,
    }] })
}

fn stretch(from: &str, to: &str, dry_run: bool) -> Value {
    json!({ "from": from, "to": to, "dryRun": dry_run })
}

async fn drafts(company: &Company) -> Value {
    let query = "{ shiftDrafts(from: \"2026-03-02\", to: \"2026-04-30\") { date intervals { startsAt endsAt } } }";
    company.administrator.data(query, Value::Null).await["shiftDrafts"].clone()
}

/// What the first of the staff works on a date, and what says so.
async fn shift(company: &Company, date: &str) -> Value {
    let query = "query($date: LocalDate!, $staff: [ID!]) {
        staffShifts(from: $date, to: $date, staffIds: $staff) { source intervals { startsAt endsAt } } }";
    let variables = json!({ "date": date, "staff": [company.staff[0]] });
    company.administrator.data(query, variables).await["staffShifts"].clone()
}

const PLAN: &str = "shifts { date intervals { startsAt endsAt } } affectedBookings { id reasons }";

harness::api_test! {
    async fn only_what_is_published_counts_and_a_preview_publishes_nothing(app: &App) {
        let company = Company::new(app).await;
        let (admin, wish) = (&company.administrator, visit(&company, 0));
        let morning = company.book("2026-03-10T10:00:00+02:00").await;
        admin.done("shiftDraftsSet", draft(&company, &[DATE], hours("12:00", "16:00")), "shifts { date }").await;
        let usual = offered(admin, &wish, DATE).await;
        assert!(usual.contains(&kyiv("2026-03-10T09:00:00+02:00")) && usual.contains(&kyiv("2026-03-10T18:00:00+02:00")));

        let day = json!([{ "date": DATE, "intervals": hours("12:00", "16:00") }]);
        let expected = json!([{ "id": morning, "reasons": ["OUTSIDE_WORKING_HOURS"] }]);
        let preview = admin.done("shiftPlanPublish", stretch(DATE, DATE, true), PLAN).await;
        assert_eq!((&preview["shifts"], &preview["affectedBookings"]), (&day, &expected));
        assert_eq!(offered(admin, &wish, DATE).await, usual);
        assert_eq!(drafts(&company).await, day);

        let published = admin.done("shiftPlanPublish", stretch(DATE, DATE, false), PLAN).await;
        assert_eq!(published, preview);
        let starts = offered(admin, &wish, DATE).await;
        let (first, last) = (kyiv("2026-03-10T12:00:00+02:00"), kyiv("2026-03-10T15:00:00+02:00"));
        assert_eq!((starts.first(), starts.last(), starts.len()), (Some(&first), Some(&last), 13));
        assert_eq!(shift(&company, DATE).await, json!([{ "source": "ROTA", "intervals": hours("12:00", "16:00") }]));
        assert_eq!(drafts(&company).await, json!([]));
        // Asked again nothing is left to publish, and the list is the same.
        let again = admin.done("shiftPlanPublish", stretch(DATE, DATE, false), PLAN).await;
        assert_eq!((&again["shifts"], &again["affectedBookings"]), (&json!([]), &expected));

        // An exception stands above it, and gives way to it when it is taken away.
        let exception = json!({
            "staffId": company.staff[0], "version": version(&company, "staffMember", &company.staff[0]).await,
            "locationId": company.location, "dates": [DATE], "intervals": hours("09:00", "11:00"),
        });
        admin.done("staffExceptionsSet", exception, "exceptions { id }").await;
        assert_eq!(shift(&company, DATE).await, json!([{ "source": "EXCEPTION", "intervals": hours("09:00", "11:00") }]));
        let removed = json!({
            "staffId": company.staff[0], "version": version(&company, "staffMember", &company.staff[0]).await, "dates": [DATE],
        });
        let removed = admin.done("staffExceptionsRemove", removed, AFFECTED).await;
        assert_eq!(removed["affectedBookings"], expected);

        let withdrawn = admin.done("shiftPlanWithdraw", stretch(DATE, DATE, false), PLAN).await;
        assert_eq!((&withdrawn["shifts"], &withdrawn["affectedBookings"]), (&day, &json!([])));
        assert_eq!(offered(admin, &wish, DATE).await, usual);
        assert_eq!(drafts(&company).await, day);
        let discarded = admin.done("shiftDraftsDiscard", json!({ "from": DATE, "to": DATE }), "shifts { date }").await;
        assert_eq!((discarded["shifts"].clone(), drafts(&company).await), (json!([{ "date": DATE }]), json!([])));
    }
}

harness::api_test! {
    async fn a_free_day_of_a_rota_is_free_and_an_unplanned_one_is_not(app: &App) {
        let company = Company::new(app).await;
        let (admin, wish) = (&company.administrator, visit(&company, 0));
        let rota = json!({
            "staffId": company.staff[0], "locationId": company.location, "anchor": "2026-03-09", "name": "2/2",
            "cycle": [{ "days": 2, "intervals": hours("09:00", "19:00") }, { "days": 2, "intervals": [] }],
        });
        create(admin, "rotaCreate", "rota", rota).await;
        let generated = admin.done("shiftDraftsGenerate", json!({ "from": "2026-03-09", "to": "2026-03-12" }), "shifts { date intervals { endsAt } }").await;
        let day = |date: &str, works: bool| json!({ "date": date, "intervals": if works { json!([{ "endsAt": "19:00" }]) } else { json!([]) } });
        let expected = [day("2026-03-09", true), day("2026-03-10", true), day("2026-03-11", false), day("2026-03-12", false)];
        assert_eq!(generated["shifts"], json!(expected));
        // What is drafted is left alone, unless it is to be replaced.
        let again = admin.done("shiftDraftsGenerate", json!({ "from": "2026-03-09", "to": "2026-03-12" }), "shifts { date }").await;
        assert_eq!(again["shifts"], json!([]));
        let again = admin
            .done("shiftDraftsGenerate", json!({ "from": "2026-03-11", "to": "2026-03-11", "replace": true }), "shifts { date }")
            .await;
        assert_eq!(again["shifts"], json!([{ "date": "2026-03-11" }]));
        admin.done("shiftPlanPublish", stretch("2026-03-09", "2026-03-12", false), PLAN).await;
        assert!(!offered(admin, &wish, "2026-03-10").await.is_empty());
        assert!(offered(admin, &wish, "2026-03-11").await.is_empty());
        let refused = admin.mutate("bookingCreate", of(&company, &wish, "2026-03-11T12:00:00+02:00"), "").await;
        assert_eq!(refused.refusals(), ["OUTSIDE_WORKING_HOURS@startsAt"]);
        assert!(!offered(admin, &wish, "2026-03-13").await.is_empty(), "the weekly hours count where nothing is planned");
        assert_eq!(shift(&company, "2026-03-13").await[0]["source"], "TEMPLATE");
        assert_eq!(shift(&company, "2026-03-11").await, json!([{ "source": "ROTA", "intervals": [] }]));
    }
}

harness::api_test! {
    async fn a_week_is_copied_to_others(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        admin.done("shiftDraftsSet", draft(&company, &["2026-03-10"], hours("22:00", "04:00")), "shifts { date }").await;
        admin.done("shiftDraftsSet", draft(&company, &["2026-03-11"], json!([])), "shifts { date }").await;
        admin.done("shiftPlanPublish", stretch("2026-03-11", "2026-03-11", false), PLAN).await;
        let copy = json!({ "fromWeek": "2026-03-12", "toWeeks": ["2026-03-25", "2026-03-16"], "staffIds": [company.staff[0]] });
        let copied = admin.done("shiftDraftsCopyWeek", copy, "shifts { date intervals { startsAt endsAt } }").await;
        let expected = |monday: u32| {
            (0..7).map(move |day| {
                let intervals = match day {
                    1 => hours("22:00", "04:00"),
                    2 => json!([]),
                    _ => hours("09:00", "19:00"),
                };
                json!({ "date": format!("2026-03-{:02}", monday + day), "intervals": intervals })
            })
        };
        assert_eq!(copied["shifts"], json!(expected(16).chain(expected(23)).collect::<Vec<_>>()));
    }
}

harness::api_test! {
    async fn nobody_is_planned_at_two_places_at_once(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        let second = json!({ "name": "Оболонь", "opening": every_day("09:00", "23:00") });
        let second = create(admin, "locationCreate", "location", second).await;
        let both = json!({
            "id": company.staff[0], "version": version(&company, "staffMember", &company.staff[0]).await,
            "locationIds": [company.location, second],
        });
        admin.done("staffMemberUpdate", both, "staffMember { id }").await;
        let there = |date: &str, intervals: Value| {
            json!({ "shifts": [{ "staffId": company.staff[0], "locationId": second, "dates": [date], "intervals": intervals }] })
        };
        // By the weekly hours they work here until 19:00.
        let refused = admin.mutate("shiftDraftsSet", there(DATE, hours("18:59", "22:00")), "").await;
        assert_eq!(refused.refusals(), ["TWO_PLACES_AT_ONCE@shifts"]);
        admin.done("shiftDraftsSet", there(DATE, hours("19:00", "22:00")), "shifts { date }").await;
        // A night here runs into the morning there; with the free day here drafted beside it, all is well.
        let night = draft(&company, &["2026-03-11"], hours("22:00", "10:00"));
        admin.done("shiftDraftsSet", night, "shifts { date }").await;
        let refused = admin.mutate("shiftDraftsSet", there("2026-03-12", hours("09:00", "12:00")), "").await;
        assert_eq!(refused.refusals(), ["TWO_PLACES_AT_ONCE@shifts"]);
        let mut moved = there("2026-03-13", hours("09:00", "19:00"));
        let free = draft(&company, &["2026-03-13"], json!([]))["shifts"][0].clone();
        moved["shifts"].as_array_mut().expect("a list").push(free);
        admin.done("shiftDraftsSet", moved, "shifts { date }").await;
        // Published at one place alone, the drafted free day does not count: they would be at both.
        let alone = json!({ "from": "2026-03-13", "to": "2026-03-13", "locationIds": [second] });
        assert_eq!(admin.mutate("shiftPlanPublish", alone, "").await.refusals(), ["TWO_PLACES_AT_ONCE@from"]);
        admin.done("shiftPlanPublish", stretch("2026-03-13", "2026-03-13", false), PLAN).await;
        // Exceptions meet what is published elsewhere.
        let exception = json!({
            "staffId": company.staff[0], "version": version(&company, "staffMember", &company.staff[0]).await,
            "locationId": company.location, "dates": ["2026-03-13"], "intervals": hours("12:00", "13:00"),
        });
        assert_eq!(admin.mutate("staffExceptionsSet", exception, "").await.refusals(), ["TWO_PLACES_AT_ONCE@dates"]);
    }
}

harness::api_test! {
    async fn a_preview_says_what_would_happen_and_writes_nothing(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        let (staff, location) = (company.staff[0].clone(), company.location.clone());
        company.book("2026-03-10T10:00:00+02:00").await;
        company.book("2026-03-11T18:00:00+02:00").await;
        let day = |date: &str| (format!("2026-03-{date}T00:00:00+02:00"), format!("2026-03-{date}T23:00:00+02:00"));
        let ((first, second), (third, fourth)) = (day("10"), day("11"));
        let changes = [
            ("staffHoursSet", json!({ "staffId": staff, "locationId": location, "templates": [{ "intervals": every_day("11:00", "18:30") }] }), 2),
            ("openingHoursSet", json!({ "locationId": location, "opening": every_day("10:30", "19:00") }), 2),
            // A night shift of a day reaches into the next, so the visit of the day after is looked at too.
            ("staffExceptionsSet", json!({ "staffId": staff, "locationId": location, "dates": [DATE], "intervals": [] }), 2),
            ("staffExceptionsRemove", json!({ "staffId": staff, "locationId": location, "dates": [DATE] }), 2),
            ("closureCreate", json!({ "locationId": location, "startsAt": first, "endsAt": second }), 1),
            ("timeOffRequest", json!({ "staffId": staff, "startsAt": third, "endsAt": fourth }), 1),
            ("staffMemberArchive", json!({ "id": staff }), 2),
        ];
        let logged = async || admin.data("{ auditLog(first: 1) { totalCount } }", Value::Null).await;
        for (mutation, mut input, hit) in changes {
            if !["closureCreate", "timeOffRequest"].contains(&mutation) {
                let (field, id) = if mutation.starts_with("staff") { ("staffMember", &staff) } else { ("location", &location) };
                input["version"] = version(&company, field, id).await;
            }
            let (before, offers) = (logged().await, offered(admin, &visit(&company, 0), DATE).await);
            input["dryRun"] = json!(true);
            let preview = admin.done(mutation, input.clone(), AFFECTED).await["affectedBookings"].clone();
            assert_eq!(preview.as_array().map(Vec::len), Some(hit), "{mutation}: {preview}");
            assert_eq!(logged().await, before, "{mutation} wrote something");
            assert_eq!(offered(admin, &visit(&company, 0), DATE).await, offers, "{mutation}");
            input["dryRun"] = json!(false);
            let done = admin.done(mutation, input, AFFECTED).await["affectedBookings"].clone();
            assert_eq!(done, preview, "{mutation}");
            assert_ne!(logged().await, before, "{mutation}: the control left no trace either");
        }
    }
}

harness::api_test! {
    async fn a_longer_plan_of_more_people_costs_the_same_statements(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        let publish = async |people: usize, dates: Vec<String>| {
            let shifts: Vec<Value> = company.staff[..people]
                .iter()
                .map(|staff| json!({ "staffId": staff, "locationId": company.location, "dates": dates, "intervals": hours("10:00", "18:00") }))
                .collect();
            let set = admin.mutate("shiftDraftsSet", json!({ "shifts": shifts }), "shifts { date staffMember { name } }").await;
            let published = admin.mutate("shiftPlanPublish", stretch(&dates[0], &dates[dates.len() - 1], false), PLAN).await;
            let days = published.value()["shifts"].as_array().map(Vec::len);
            assert_eq!(days, Some(people * dates.len()), "{}", published.answer);
            (set.answer.statements(), published.answer.statements())
        };
        let few = publish(1, vec!["2026-03-16".to_owned()]).await;
        let many = publish(2, (1..=30).map(|day| format!("2026-04-{day:02}")).collect()).await;
        assert_eq!(few, many);
    }
}
