//! What is printed: one JSON object for programs, or what to try for people.

use std::fmt::Write as _;

use access::Cx;
use anyhow::Result;
use chrono::NaiveDate;
use kernel::CompanyId;
use serde::Serialize;

use super::company::{Account, Made, PASSWORD};
use super::story::Tally;
use crate::app::{self, App};

/// Everything that a program needs to begin.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    endpoint: String,
    websocket: String,
    companies: Vec<Company>,
    #[serde(skip)]
    bookings: Tally,
    #[serde(skip)]
    today: NaiveDate,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Company {
    id: String,
    slug: String,
    #[serde(skip)]
    name: String,
    administrator: Login,
    manager: Login,
    employee: Login,
    publishable_key: String,
    secret_key: String,
    location_ids: Vec<String>,
    service_ids: Vec<String>,
    staff_ids: Vec<String>,
    resource_ids: Vec<String>,
    client_ids: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Login {
    email: String,
    password: &'static str,
    access_token: String,
}

impl Report {
    /// Logs everybody in, in the real present, and gathers the rest.
    pub async fn of(app: &App, made: Vec<Made>, bookings: Tally) -> Result<Self> {
        let address = app::reachable(app.config.http.bind);
        let mut companies = Vec::with_capacity(made.len());
        for company in made {
            companies.push(Company {
                id: company.id.to_string(),
                slug: company.slug,
                name: company.name,
                administrator: login(app, &company.administrator).await?,
                manager: login(app, &company.manager).await?,
                employee: login(app, &company.employee).await?,
                publishable_key: company.publishable_key,
                secret_key: company.secret_key,
                location_ids: company.order.locations,
                service_ids: company.order.services,
                staff_ids: company.order.staff,
                resource_ids: company.order.resources,
                client_ids: company.clients.iter().map(ToString::to_string).collect(),
            });
        }
        let endpoint = format!("http://{address}/graphql");
        let websocket = format!("ws://{address}/graphql/ws");
        let today = app.db.clock().now().date_naive();
        Ok(Self { endpoint, websocket, companies, bookings, today })
    }

    /// One JSON object.
    pub fn json(&self) -> Result<String> {
        Ok(format!("{}\n", serde_json::to_string(self)?))
    }

    /// What a person would try first.
    pub fn text(&self) -> String {
        let mut text = format!("\nDemo: {} companies, {} bookings.\n", self.companies.len(), self.bookings.booked);
        for company in self.companies.iter().take(2) {
            let _ = write!(
                text,
                "\n  {} ({})\n    administrator  {}\n    manager        {}\n    employee       {}\n    \
                 publishable key  {}\n    secret key       {}\n",
                company.name,
                company.slug,
                company.administrator.email,
                company.manager.email,
                company.employee.email,
                company.publishable_key,
                company.secret_key,
            );
        }
        let _ = write!(text, "\n  Everybody's password: {PASSWORD}\n");
        if let Some(company) = self.companies.first() {
            let _ = write!(
                text,
                "\nWhile `zapys serve` runs, the company's next visits:\n\n  curl -s {} -H 'content-type: application/json' \\\n    \
                 -H 'authorization: Bearer {}' \\\n    -d '{{\"query\":\"{{ bookings(first: 5, filter: {{ from: \\\"{}\\\" }}) {{ nodes {{ reference status startsAt \
                 client {{ name }} }} }} }}\"}}'\n\nMore: docs/operations.md, section Demo.\n",
                self.endpoint, company.secret_key, self.today,
            );
        }
        text
    }
}

async fn login(app: &App, account: &Account) -> Result<Login> {
    let cx = Cx::system("demo", CompanyId::NONE, app.db.clock().clone());
    let tokens = app.domains.tenancy.log_in_as(&cx, account.user).await?;
    Ok(Login { email: account.email.clone(), password: PASSWORD, access_token: tokens.access_token })
}
