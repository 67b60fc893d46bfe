//! Redis goes away in the middle and comes back: slower, never wrong.

use harness::{App, Company, key};
use serde_json::{Value, json};

use super::proxy::Proxy;

harness::api_test! {
    async fn nothing_is_wrong_while_redis_is_away_and_after(engine: Engine) {
        let Some(url) = engine.redis() else { return };
        let target = url.trim_start_matches("redis://").trim_end_matches('/').to_owned();
        let line = Proxy::to(&target).await;
        let app = App::start_with(engine, |config| config.redis.url = format!("redis://{}", line.address())).await.expect("an app");
        let company = Company::new(&app).await;
        let page = company.publishable().await;
        for (round, redis) in ["there", "gone", "there again"].into_iter().enumerate() {
            match redis {
                "gone" => line.cut(),
                _ => line.mend(),
            }
            // A change of a small table is seen at once, whatever Redis still holds or could not be told.
            let name = format!("Стрижка {round}");
            rename(&company, &name).await;
            let shown = page.data("{ services(first: 1) { nodes { name } } }", Value::Null).await;
            assert_eq!(shown["services"]["nodes"][0]["name"], name.as_str(), "Redis is {redis}");

            let visit = json!({
                "locationId": company.location, "startsAt": format!("2026-03-0{}T10:00:00+02:00", 3 + round),
                "lines": [{ "serviceId": company.service, "staffId": company.staff[0] }],
                "client": { "name": "Гість", "email": "guest@example.com" }, "idempotencyKey": key(),
            });
            page.done("bookingCreate", visit.clone(), "booking { id }").await;
            let mut second = visit;
            second["idempotencyKey"] = json!(key());
            let refused = page.mutate("bookingCreate", second, "booking { id }").await;
            assert_eq!(refused.refusals(), ["SLOT_TAKEN@startsAt"], "Redis is {redis}");
        }
    }
}

async fn rename(company: &Company, name: &str) {
    let query = "query($id: ID!) { service(id: $id) { version } }";
    let now = company.administrator.data(query, json!({ "id": company.service })).await;
    let input = json!({ "id": company.service, "version": now["service"]["version"], "name": { "uk": name } });
    company.administrator.done("serviceUpdate", input, "service { id }").await;
}
