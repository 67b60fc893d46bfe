//! Permissions, roles and the context, as other crates use them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use kernel::{Clock, CompanyId, Kind, SystemClock, UserId};
use uuid::Uuid;
use zapys_access as access;
use zapys_access::{Actor, BuiltinRole, Channel, ClientProof, Cx, KeyKind, PermissionSet, Role, UnknownPermission};

access::permissions! {
    /// What these tests may do.
    mod catalog {
        /// See the catalogue
        /// and its prices.
        CATALOG_READ = "test.catalog.read" [Manager, Employee, PublishableKey];
        /// Change the catalogue.
        CATALOG_WRITE = "test.catalog.write" [Manager];
    }
}

access::permissions! {
    /// Change the company.
    COMPANY_WRITE = "test.company.write" [];
}

use catalog::{CATALOG_READ, CATALOG_WRITE};

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

fn cx(role: BuiltinRole) -> Cx {
    Cx::for_tests(CompanyId::new(), role, clock())
}

#[test]
fn declared_permissions_are_found_sorted_and_described() {
    let names: Vec<_> = access::all_permissions().iter().map(|permission| permission.name).collect();
    assert_eq!(names, ["test.catalog.read", "test.catalog.write", "test.company.write"]);
    assert_eq!(CATALOG_READ.description, "See the catalogue and its prices.");
    assert_eq!(access::find_permission("test.catalog.write"), Some(CATALOG_WRITE));
    assert_eq!(access::find_permission("test.catalog"), None);
    assert!(access::permission_table().contains("| `test.company.write` | Change the company. | ✓ |   |   |   |"));
}

#[test]
fn built_in_roles_have_what_was_declared_and_the_administrator_everything() {
    let has = |role: BuiltinRole| role.permissions().names();
    assert_eq!(has(BuiltinRole::Administrator), ["test.catalog.read", "test.catalog.write", "test.company.write"]);
    assert_eq!(has(BuiltinRole::Manager), ["test.catalog.read", "test.catalog.write"]);
    assert_eq!(has(BuiltinRole::Employee), ["test.catalog.read"]);
    assert_eq!(has(BuiltinRole::PublishableKey), ["test.catalog.read"]);
    for role in BuiltinRole::ALL {
        assert_eq!(role.name().parse(), Ok(role));
    }
    assert!("owner".parse::<BuiltinRole>().is_err());
}

#[test]
fn custom_roles_are_named_sets() {
    let permissions = PermissionSet::from_names(["test.company.write"]).unwrap();
    let role = Role::Custom { id: Uuid::now_v7(), name: "Бухгалтер".to_owned(), permissions };
    assert!(role.permissions().contains(COMPANY_WRITE) && !role.permissions().contains(CATALOG_READ));
    assert!(!role.is_administrator() && Role::from(BuiltinRole::Administrator).is_administrator());
    assert_eq!(
        PermissionSet::from_names(["test.catalog.read", "nothing"]),
        Err(UnknownPermission("nothing".to_owned()))
    );
}

#[test]
fn a_stored_set_survives_a_permission_that_is_gone() {
    let stored = r#"["test.catalog.read","gone.since"]"#;
    let set: PermissionSet = serde_json::from_str(stored).unwrap();
    assert_eq!(serde_json::to_string(&set).unwrap(), r#"["test.catalog.read"]"#);
}

#[test]
fn nobody_can_give_away_more_than_they_have() {
    let (manager, all) = (BuiltinRole::Manager.permissions(), PermissionSet::all());
    assert!(all.contains_all(&manager) && !manager.contains_all(&all));
    assert_eq!(all.intersection(manager), manager);
    assert_eq!(manager.union(all).len(), 3);
    assert!(PermissionSet::EMPTY.is_empty() && manager.contains_all(&PermissionSet::EMPTY));
}

#[test]
fn what_is_lacking_is_forbidden_and_nobody_is_unauthenticated() {
    assert!(cx(BuiltinRole::Manager).require(CATALOG_WRITE).is_ok());
    let refused = cx(BuiltinRole::Employee).require(CATALOG_WRITE).unwrap_err();
    assert_eq!(refused.kind, Kind::Forbidden { permission: "test.catalog.write" });
    let nobody = Cx::builder(clock()).build();
    assert_eq!(nobody.require(CATALOG_READ).unwrap_err().kind, Kind::Unauthenticated);
    assert_eq!(nobody.company().unwrap_err().kind, Kind::Unauthenticated);
    let user = Actor::User { user: UserId::new(), session: Uuid::now_v7(), membership: None, role: None };
    let homeless = Cx::builder(clock()).actor(user).build();
    let selection = Kind::Forbidden { permission: "company_selection" };
    assert_eq!(homeless.company().unwrap_err().kind, selection);
    assert_eq!(homeless.require(CATALOG_READ).unwrap_err().kind, selection);
    assert_eq!(nobody.user().unwrap_err().kind, Kind::Unauthenticated);
}

#[test]
fn the_first_granted_permission_says_how_far_one_may_go() {
    let order = [CATALOG_WRITE, CATALOG_READ];
    assert_eq!(cx(BuiltinRole::Manager).require_any(&order).unwrap(), CATALOG_WRITE);
    assert_eq!(cx(BuiltinRole::Employee).require_any(&order).unwrap(), CATALOG_READ);
    let refused = cx(BuiltinRole::Employee).require_any(&[COMPANY_WRITE, CATALOG_WRITE]).unwrap_err();
    assert_eq!(refused.kind, Kind::Forbidden { permission: "test.catalog.write" });
}

#[test]
fn a_use_case_that_forgot_to_authorise_is_found() {
    let request = cx(BuiltinRole::Manager);
    assert!(request.can(CATALOG_READ) && !request.is_decided(), "to look is not to decide");
    let first = request.fresh();
    first.public("opening hours are on the door");
    assert!(first.is_decided() && first.clone().is_decided());
    assert!(!request.fresh().is_decided(), "the neighbour's decision is not this one's");
    assert!(Cx::system("test", CompanyId::new(), clock()).fresh().is_decided());
    let forgot = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| request.assert_decided("test")));
    assert_eq!(forgot.is_err(), cfg!(debug_assertions));
}

#[test]
fn the_server_itself_may_do_everything() {
    let company = CompanyId::new();
    let system = Cx::system("bookings.sweep", company, clock());
    assert_eq!(system.permissions(), PermissionSet::all());
    assert_eq!(system.company().unwrap(), company);
    assert_eq!((system.channel, system.is_public()), (Channel::System, false));
}

#[test]
fn strangers_are_told_from_people_of_the_company() {
    let client = Uuid::now_v7();
    let by = |actor| Cx::builder(clock()).company(CompanyId::new()).actor(actor).build();
    let proof = ClientProof::Session(Uuid::now_v7());
    let visitor = by(Actor::Client { client: Some(client), proof });
    assert_eq!((visitor.client().unwrap(), visitor.client_card()), (proof, Some(client)));
    assert!(visitor.is_public() && visitor.is_decided() && !visitor.is_shared());
    assert!(by(Actor::ApiKey { key: Uuid::now_v7(), kind: KeyKind::Publishable }).is_public());
    assert!(!by(Actor::ApiKey { key: Uuid::now_v7(), kind: KeyKind::Secret }).is_public());
    assert!(cx(BuiltinRole::Employee).client().is_err());
}

#[test]
fn principals_tell_actors_apart() {
    let id = Uuid::now_v7();
    let user = Actor::User { user: UserId::from_uuid(id), session: Uuid::now_v7(), membership: None, role: None };
    let key = Actor::ApiKey { key: id, kind: KeyKind::Secret };
    assert_eq!(user.principal(), format!("user:{id}"));
    assert_eq!(key.principal(), format!("api_key:{id}"));
    // Also before they have a card, and one who shows a link is not taken for another who does.
    let client = |proof| Actor::Client { client: None, proof }.principal();
    assert_eq!(client(ClientProof::Session(id)), format!("client_session:{id}"));
    assert_eq!(client(ClientProof::Link(id)), format!("client_link:{id}"));
    assert_eq!(Actor::Anonymous.principal(), "anonymous");
    assert_eq!(Actor::System { name: "jobs" }.principal(), "system:jobs");
}

#[test]
fn a_context_is_the_request_it_was_built_for() {
    let (request, address) = (Uuid::now_v7(), Some(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    let cx = Cx::builder(clock())
        .channel(Channel::Web)
        .locale(kernel::Locale::En)
        .request_id(request)
        .address(address)
        .build();
    assert_eq!((cx.request_id, cx.address, cx.channel), (request, address, Channel::Web));
    assert!(matches!(cx.locale, kernel::Locale::En));
}
