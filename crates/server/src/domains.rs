//! The only list of domains. Each appears once in each block: its handle, its ports, its reactions, its roots, its data.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use async_graphql::{MergedObject, MergedSubscription};
use bookings::{Bookings, BookingsMutation, BookingsQuery, BookingsSubscription};
use cache::Cache;
use catalog::{Catalog, CatalogMutation, CatalogQuery};
use clients::{Clients, ClientsMutation, ClientsQuery};
use comms::{Comms, CommsQuery, MailTransport, Sources};
use db::Db;
use jobs::{Jobs, Registrar};
use outbound::Outbound;
use staff::{Staff, StaffMutation, StaffQuery};
use tenancy::{Secrets, Tenancy, TenancyMutation, TenancyQuery};

use crate::config::Config;
use crate::http::InTime;

/// What can be asked.
#[derive(Default, MergedObject)]
pub struct Query(gql::NodeQuery, TenancyQuery, CatalogQuery, StaffQuery, ClientsQuery, BookingsQuery, CommsQuery);

/// What can be done.
#[derive(Default, MergedObject)]
pub struct Mutation(TenancyMutation, CatalogMutation, StaffMutation, ClientsMutation, BookingsMutation);

/// What can be listened to.
#[derive(Default, MergedSubscription)]
pub struct Subscription(BookingsSubscription);

/// The API.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// The handles of all domains.
#[derive(Clone)]
pub struct Domains {
    /// Events, jobs, live notifications.
    pub jobs: Jobs,
    /// Users, companies, locations, keys.
    pub tenancy: Tenancy,
    /// Services, resources, maintenance.
    pub catalog: Catalog,
    /// Profiles, hours, time off.
    pub staff: Staff,
    /// The people who book.
    pub clients: Clients,
    /// Availability, holds, bookings, the calendar.
    pub bookings: Bookings,
    /// Mails.
    pub comms: Comms,
}

impl Domains {
    /// Makes the handles, plugs the ports in, registers the reactions; without `letters` nobody is written to.
    pub fn compose(config: &Config, db: &Db, cache: &Cache, secrets: &Secrets, letters: bool) -> Result<Self> {
        let jobs = Jobs::new(db.clone(), cache.clone());
        let settings = config.tenancy_settings();
        let tenancy = Tenancy::new(db.clone(), cache.clone(), jobs.clone(), secrets.clone(), settings)?;
        let catalog = Catalog::new(db.clone(), cache.clone(), jobs.clone(), tenancy.clone());
        let outbound = Outbound::new(config.outbound_settings());
        let staff = Staff::new(db.clone(), cache.clone(), jobs.clone(), tenancy.clone(), catalog.clone(), outbound);
        let clients = Clients::new(db.clone(), cache.clone(), jobs.clone(), tenancy.clone());
        let bookings = Bookings::new(
            db.clone(),
            cache.clone(),
            jobs.clone(),
            tenancy.clone(),
            catalog.clone(),
            staff.clone(),
            clients.clone(),
        );
        let transport = MailTransport::from_config(Some(&config.mail.url), config.mail_folder()).context("mail.url")?;
        let sources = Sources { tenancy: tenancy.clone(), clients: clients.clone(), bookings: bookings.clone() };
        let comms = Comms::new(db.clone(), jobs.clone(), sources, transport, &config.mail.from).context("mail.from")?;

        tenancy.plug_calendar(Arc::new(bookings.clone()));
        tenancy.plug_door(Arc::new(clients.clone()));
        tenancy.plug_door(Arc::new(bookings.clone()));
        clients.plug_visits(Arc::new(bookings.clone()));
        clients.plug_reach(Arc::new(bookings.clone()));
        clients.plug_staff(Arc::new(staff.clone()));

        let mut registrar = Registrar::new();
        registrar.companies(Arc::new(tenancy.clone()));
        tenancy::register(&mut registrar, &tenancy);
        catalog::register(&mut registrar, &catalog);
        staff::register(&mut registrar, &staff);
        clients::register(&mut registrar, &clients);
        bookings::register(&mut registrar, &bookings);
        if letters {
            comms::register(&mut registrar, &comms);
        }
        jobs.install(registrar)?;
        Ok(Self { jobs, tenancy, catalog, staff, clients, bookings, comms })
    }

    /// The API over these domains.
    pub fn schema(&self, settings: &gql::Settings) -> Schema {
        gql::schema(Query::default(), Mutation::default(), Subscription::default(), settings)
            .extension(InTime)
            .data(self.jobs.clone())
            .data(self.tenancy.clone())
            .data(self.catalog.clone())
            .data(self.staff.clone())
            .data(self.clients.clone())
            .data(self.bookings.clone())
            .data(self.comms.clone())
            .finish()
    }
}

/// The API as text: sorted, with descriptions. Needs no database.
pub fn sdl() -> String {
    let options = async_graphql::SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items()
        .include_specified_by();
    async_graphql::Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .finish()
        .sdl_with_options(options)
}
