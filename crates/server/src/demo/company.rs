//! Makes a company as its people would: each thing through the use case that the API calls.

use std::collections::HashMap;

use access::{BuiltinRole, Cx, KeyKind};
use anyhow::{Context as _, Result};
use catalog::{
    CategoryDraft, CategoryId, Localized, PriceDraft, PriceKind, RequirementDraft, ResourceDraft, ResourceId,
    ResourceTypeId, ServiceDraft, ServiceId, ServiceKind, ServiceRulesDraft, Visibility,
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use kernel::time::instant;
use kernel::{CompanyId, Currency, Edge, Locale, UserId, WallTime};
use staff::{HoursDraft, MemberDraft, PerformsDraft, StaffId, TemplateDraft};
use tenancy::{
    Acceptance, CompanyChange, LocationId, NewApiKey, NewCompany, NewInvitation, NewLocation, NewUser, OpeningInterval,
    RoleRef,
};

use super::data::{self, Role};
use super::stage::Stage;

/// Everybody's password. A demo company is for looking around, never for anything real.
pub const PASSWORD: &str = "soniachnyi-ranok-7";

/// A login that was made.
#[derive(Debug, Clone)]
pub struct Account {
    pub user: UserId,
    pub email: String,
}

/// A company that was made, with what its data file calls its things.
pub struct Made {
    pub id: CompanyId,
    pub slug: String,
    pub name: String,
    pub zone: Tz,
    pub cx: Cx,
    pub administrator: Account,
    pub manager: Account,
    pub employee: Account,
    pub publishable_key: String,
    pub secret_key: String,
    pub locations: HashMap<String, LocationId>,
    pub services: HashMap<String, ServiceId>,
    pub staff: HashMap<String, StaffId>,
    pub resources: HashMap<String, ResourceId>,
    pub clients: Vec<clients::ClientId>,
    /// Ids in the order of the data file.
    pub order: Order,
}

/// Ids in the order in which things were made.
#[derive(Default)]
pub struct Order {
    pub locations: Vec<String>,
    pub services: Vec<String>,
    pub staff: Vec<String>,
    pub resources: Vec<String>,
}

/// Makes the company with everything but clients and bookings, as of the stage's present clock. What is planned for days
/// around today is planned then.
pub async fn make(stage: &Stage, plan: &data::Company) -> Result<Made> {
    let mut maker = Maker::found(stage, plan).await?;
    maker.places().await?;
    maker.catalogue().await?;
    maker.people().await?;
    super::days::fill(stage, plan, &maker.made).await?;
    Ok(maker.made)
}

struct Maker<'a> {
    stage: &'a Stage,
    plan: &'a data::Company,
    made: Made,
    categories: HashMap<String, CategoryId>,
    types: HashMap<String, ResourceTypeId>,
}

impl<'a> Maker<'a> {
    /// The administrator, their company with its first location, the other two logins, the keys.
    async fn found(stage: &'a Stage, plan: &'a data::Company) -> Result<Self> {
        let tenancy = &stage.domains().tenancy;
        let system = Cx::system("demo", CompanyId::NONE, stage.clock());
        let new = NewUser {
            email: plan.administrator.email.clone(),
            name: plan.administrator.name.clone(),
            password: PASSWORD.to_owned(),
            locale: Some(Locale::Uk),
        };
        let user = tenancy.register_verified(&system, new).await.context("administrator")?;
        let first = plan.locations.first().context("a company has a location")?;
        let new = NewCompany {
            name: plan.name.clone(),
            slug: Some(plan.slug.clone()),
            currency: "UAH".parse::<Currency>()?,
            locale: Locale::Uk,
            zone: plan.zone,
            location: location(first),
            idempotency_key: None,
        };
        let company = tenancy.create_company_as(&system, user, new).await.context("company")?;
        let cx = stage.cx(company.id);
        let change = CompanyChange {
            version: company.version,
            notice_minutes: Some(plan.notice_minutes),
            approval_required: Some(plan.approval_required),
            ..CompanyChange::default()
        };
        tenancy.update_company(&cx, change).await?;
        let made = Made {
            id: company.id,
            slug: company.slug,
            name: company.name,
            zone: plan.zone,
            administrator: Account { user, email: plan.administrator.email.clone() },
            manager: invite(stage, &cx, &plan.manager, BuiltinRole::Manager).await?,
            employee: invite(stage, &cx, &plan.employee, BuiltinRole::Employee).await?,
            publishable_key: key(stage, &cx, plan, KeyKind::Publishable).await?,
            secret_key: key(stage, &cx, plan, KeyKind::Secret).await?,
            cx,
            locations: HashMap::new(),
            services: HashMap::new(),
            staff: HashMap::new(),
            resources: HashMap::new(),
            clients: Vec::new(),
            order: Order::default(),
        };
        Ok(Self { stage, plan, made, categories: HashMap::new(), types: HashMap::new() })
    }

    async fn places(&mut self) -> Result<()> {
        let tenancy = &self.stage.domains().tenancy;
        let reader = self.stage.db().read(self.made.id).await?;
        let first = tenancy.locations(&reader).await?.iter().next().map(|location| location.id);
        drop(reader);
        for (index, place) in self.plan.locations.iter().enumerate() {
            let id = match first.filter(|_| index == 0) {
                Some(first) => first,
                None => {
                    tenancy.create_location(&self.made.cx, location(place)).await.with_context(|| place.key.clone())?.id
                }
            };
            self.made.locations.insert(place.key.clone(), id);
            self.made.order.locations.push(id.to_string());
        }
        Ok(())
    }

    async fn catalogue(&mut self) -> Result<()> {
        let (catalog, cx) = (&self.stage.domains().catalog, &self.made.cx);
        for (position, category) in (0..).zip(&self.plan.categories) {
            let draft = CategoryDraft { name: named(&category.uk, &category.en), position };
            self.categories.insert(category.key.clone(), catalog.create_category(cx, draft, None).await?.id);
        }
        for kind in &self.plan.types {
            let made = catalog.create_resource_type(cx, named(&kind.uk, &kind.en), None).await?;
            self.types.insert(kind.key.clone(), made.id);
        }
        for unit in &self.plan.units {
            let draft = ResourceDraft {
                type_id: of(&self.types, &unit.r#type)?,
                location_id: of(&self.made.locations, &unit.at)?,
                name: unit.name.clone(),
                capacity: unit.capacity,
                active: true,
            };
            let made = catalog.create_resource(cx, draft, None).await.with_context(|| unit.key.clone())?;
            self.made.resources.insert(unit.key.clone(), made.id);
            self.made.order.resources.push(made.id.to_string());
        }
        for (position, service) in (0..).zip(&self.plan.services) {
            let draft = self.service(service, position)?;
            let made = catalog.create_service(cx, draft, None).await.with_context(|| service.key.clone())?;
            self.made.services.insert(service.key.clone(), made.id);
            self.made.order.services.push(made.id.to_string());
        }
        Ok(())
    }

    fn service(&self, service: &data::Service, position: i32) -> Result<ServiceDraft> {
        let needs = |type_id, resource_id| RequirementDraft {
            type_id,
            resource_id,
            units: 1,
            setup_minutes: service.setup,
            cleanup_minutes: service.cleanup,
        };
        let mut requirements = Vec::new();
        for kind in &service.needs {
            requirements.push(needs(Some(of(&self.types, kind)?), None));
        }
        if let Some(unit) = &service.unit {
            requirements.push(needs(None, Some(of(&self.made.resources, unit)?)));
        }
        let kind = match service.price {
            0 => PriceKind::Free,
            _ if service.price_from => PriceKind::From,
            _ => PriceKind::Fixed,
        };
        Ok(ServiceDraft {
            category_id: Some(of(&self.categories, &service.category)?),
            name: named(&service.uk, &service.en),
            description: Localized::default(),
            kind: service.kind,
            duration_minutes: service.minutes,
            processing: None,
            price: PriceDraft { kind, amount_minor: service.price * 100, currency: None },
            tax_rate_bp: 0,
            buffer_before: 0,
            buffer_after: service.after,
            step_minutes: None,
            notice_minutes: None,
            horizon_days: None,
            bookable_from: None,
            bookable_to: None,
            color: service.color.clone(),
            position,
            visibility: if service.staff_only { Visibility::Staff } else { Visibility::Public },
            location_ids: Vec::new(),
            requirements,
            add_ons: Vec::new(),
            requires_staff: Some(service.kind != ServiceKind::Rental),
            rules: ServiceRulesDraft::default(),
        })
    }

    async fn people(&mut self) -> Result<()> {
        let staff = &self.stage.domains().staff;
        for (position, person) in (0..).zip(&self.plan.staff) {
            let draft = self.profile(person, position)?;
            let mut member =
                staff.create_member(&self.made.cx, draft, None).await.with_context(|| person.key.clone())?;
            for place in &person.at {
                let hours = person.hours.iter().filter(|hours| hours.at == *place);
                let template = TemplateDraft {
                    valid_from: None,
                    valid_to: None,
                    intervals: hours.flat_map(data::Hours::week).collect(),
                };
                let draft = HoursDraft {
                    staff_id: member.id,
                    location_id: of(&self.made.locations, place)?,
                    from: None,
                    templates: vec![template],
                };
                let set = staff.set_hours(&self.made.cx, member.version, &draft, false).await;
                member = set.with_context(|| person.key.clone())?.0;
            }
            self.made.staff.insert(person.key.clone(), member.id);
            self.made.order.staff.push(member.id.to_string());
        }
        Ok(())
    }

    fn profile(&self, person: &data::Person, position: i32) -> Result<MemberDraft> {
        let user = person.user.map(|role| match role {
            Role::Administrator => self.made.administrator.user,
            Role::Manager => self.made.manager.user,
            Role::Employee => self.made.employee.user,
        });
        let performs = person.does.iter().map(|service| {
            let service_id = of(&self.made.services, service)?;
            Ok(PerformsDraft { service_id, duration_minutes: None, amount_minor: None, currency: None })
        });
        Ok(MemberDraft {
            user_id: user,
            name: person.name.clone(),
            title: Localized { uk: person.title_uk.clone(), en: person.title_en.clone() },
            location_ids: person.at.iter().map(|place| of(&self.made.locations, place)).collect::<Result<_>>()?,
            performs: performs.collect::<Result<_>>()?,
            color: person.color.clone(),
            bookable_online: person.online,
            position,
            ..MemberDraft::default()
        })
    }
}

/// Invites an address, and lets its owner accept with the link that the mail would have had.
async fn invite(stage: &Stage, cx: &Cx, login: &data::Login, role: BuiltinRole) -> Result<Account> {
    let tenancy = &stage.domains().tenancy;
    let new = NewInvitation {
        email: login.email.clone(),
        role: RoleRef::Builtin(role),
        location_ids: Vec::new(),
        locale: Some(Locale::Uk),
        idempotency_key: None,
    };
    let invitation = tenancy.invite(cx, new).await.with_context(|| login.email.clone())?;
    let reader = stage.db().read(cx.company()?).await?;
    let link = tenancy.invitation_link(&reader, invitation.id).await?.context("the invitation has a link")?;
    drop(reader);
    let stranger = Cx::builder(stage.clock()).build();
    let person = Acceptance { name: login.name.clone(), password: PASSWORD.to_owned(), locale: Some(Locale::Uk) };
    let accepted = tenancy.accept_invitation(&stranger, &link.token, Some(person)).await?;
    Ok(Account { user: accepted.member.user_id, email: login.email.clone() })
}

/// A key: for the company's web page, or with every permission for its programs.
async fn key(stage: &Stage, cx: &Cx, plan: &data::Company, kind: KeyKind) -> Result<String> {
    let (name, permissions, origins) = match kind {
        KeyKind::Publishable => ("Сайт", Vec::new(), vec![plan.origin.clone()]),
        KeyKind::Secret => {
            let names = access::all_permissions().iter().map(|permission| permission.name.to_owned());
            ("Інтеграція", names.collect(), Vec::new())
        }
    };
    let new = NewApiKey { name: name.to_owned(), kind, permissions, origins, idempotency_key: None };
    stage.domains().tenancy.create_api_key(cx, new).await?.secret.context("a new key is shown")
}

fn location(place: &data::Location) -> NewLocation {
    let opening = place.opening.iter().flat_map(data::Hours::week);
    NewLocation {
        name: place.name.clone(),
        address: place.address.clone(),
        phone: Some(place.phone.clone()),
        step_minutes: place.step_minutes,
        opening: opening.map(|(weekday, interval)| OpeningInterval { weekday, interval }).collect(),
        ..NewLocation::default()
    }
}

fn named(uk: &str, en: &str) -> Localized {
    Localized { uk: Some(uk.to_owned()), en: Some(en.to_owned()) }
}

/// What the data file calls `key`.
pub fn of<T: Copy>(things: &HashMap<String, T>, key: &str) -> Result<T> {
    things.get(key).copied().with_context(|| format!("the data file names {key}, which is not there"))
}

/// The date so many days after `date`, or before it.
pub fn day(date: NaiveDate, offset: i64) -> NaiveDate {
    date + TimeDelta::days(offset)
}

/// A wall time on a date as an instant.
pub fn moment(zone: Tz, date: NaiveDate, time: WallTime) -> DateTime<Utc> {
    instant(zone, date, time, Edge::Start)
}
