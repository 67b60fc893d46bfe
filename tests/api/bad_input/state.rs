//! All that a company has, as its administrator sees it: two readings are equal when nothing was written between them.

use harness::Company;
use serde_json::{Map, Value, json};

const PARTS: [&str; 4] = [
    "{ company { id version name slug holdMinutes clientPageUrl bookingLimits { clientActive } } viewer { user { id version name } } sessions { id }
        locations(includeArchived: true) { id version name archived openingHours { weekday startsAt endsAt } }
        roles { id version name archived permissions } }",
    "query($location: ID!) {
        location(id: $location) { closures { id version startsAt endsAt reason } }
        members(first: 100) { nodes { id version removedAt endsAt role { kind } } }
        invitations(first: 100) { nodes { id revokedAt sentAt } }
        apiKeys(first: 100) { nodes { id name origins revokedAt } }
        auditLog(first: 1) { totalCount nodes { id } } }",
    "query($client: ID!) {
        services(first: 100) { nodes { id version names { uk en } durationMinutes } }
        archivedServices: services(first: 100, filter: { archived: true }) { nodes { id version } }
        serviceCategories(includeArchived: true) { id version archived names { uk } }
        cancellationPolicies(includeArchived: true) { id version archived isDefault names { uk } }
        resourceKinds(includeArchived: true) { id version archived names { uk } }
        resources(first: 100) { nodes { id version name capacity active } }
        archivedResources: resources(first: 100, filter: { archived: true }) { nodes { id version } }
        maintenanceWindows(first: 100) { nodes { id version startsAt endsAt reason } }
        clients(first: 100) { nodes { id version name phones emails blocked } }
        archivedClients: clients(first: 100, filter: { archived: true }) { nodes { id version } }
        clientNotes(clientId: $client, first: 100) { nodes { id version body pinned } } }",
    "query($visit: AvailabilityVisitInput!) {
        staffMembers(first: 100) { nodes { id version name position } }
        archivedStaff: staffMembers(first: 100, filter: { archived: true }) { nodes { id version } }
        timeOff(first: 100) { nodes { id version status } }
        rotas(includeArchived: true) { id version name archived validTo }
        shiftDrafts(from: \"2026-03-16\", to: \"2026-05-16\") { date intervals { startsAt } }
        groupSessions(first: 100) { nodes { id version status startsAt capacity seatsTaken } }
        waitlist(first: 100) { nodes { id version status } }
        calendarFeeds(first: 100) { nodes { id version name rotatedAt revokedAt } }
        bookings(first: 100) { nodes { id version status startsAt clientNote internalNote } }
        bookingSeriesList(first: 100) { nodes { id version time endedAt recurrence { rule } } }
        availability(visit: $visit, from: \"2026-03-03\", to: \"2026-03-16\") { slots { startsAt staffIds } } }",
];

/// Everything, by name. `client` is whose notes are read: the newest card.
pub async fn read(company: &Company) -> Value {
    let newest = "{ clients(first: 1, orderBy: { field: CREATED_AT, descending: true }, filter: { search: \"Леся\" }) {
        nodes { id } } }";
    let noted = company.administrator.data(newest, Value::Null).await;
    let client = noted["clients"]["nodes"][0]["id"].as_str().unwrap_or(&company.visitor).to_owned();
    let visit = json!({ "locationId": company.location, "lines": [{ "serviceId": company.service }] });
    let variables =
        [json!({}), json!({ "location": company.location }), json!({ "client": client }), json!({ "visit": visit })];
    let mut state = Map::new();
    for (query, variables) in PARTS.iter().zip(variables) {
        let data = company.administrator.data(query, variables).await;
        state.extend(data.as_object().cloned().unwrap_or_default());
    }
    Value::Object(state)
}

/// What differs between two readings.
pub fn difference(before: &Value, after: &Value) -> String {
    let parts = before.as_object().into_iter().flatten().filter(|(name, value)| after[name.as_str()] != **value);
    parts.map(|(name, value)| format!("{name}: {value} became {}", after[name.as_str()])).collect::<Vec<_>>().join("; ")
}
