//! What happened to the catalogue: ids, codes, amounts and times. Each is published in the transaction that did it.

use crate::cancellation_policy::CancellationPolicyId;
use crate::category::CategoryId;
use crate::maintenance::MaintenanceId;
use crate::resource::ResourceId;
use crate::resource_type::ResourceTypeId;
use crate::services::ServiceId;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What an edit changed: by field, `{"from", "to"}`; texts are only named (`null`), since events last for ever.
pub type Changes = Map<String, Value>;

/// Events that carry nothing but the id of their subject.
macro_rules! happened {
    ($($(#[$meta:meta])* $event:ident($name:literal) of $id:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $event {
            /// Which one.
            pub id: $id,
        }

        impl jobs::Event for $event {
            const NAME: &'static str = $name;

            fn subject(&self) -> Option<Uuid> {
                Some(self.id.uuid())
            }
        }
    )+};
}

/// Events that also carry what was changed.
macro_rules! changed {
    ($($(#[$meta:meta])* $event:ident($name:literal) of $id:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $event {
            /// Which one.
            pub id: $id,
            /// What was changed.
            pub changes: Changes,
        }

        impl jobs::Event for $event {
            const NAME: &'static str = $name;

            fn subject(&self) -> Option<Uuid> {
                Some(self.id.uuid())
            }
        }
    )+};
}

happened! {
    /// A category was made.
    CategoryCreated("category.created") of CategoryId;
    /// A category was archived.
    CategoryArchived("category.archived") of CategoryId;
    /// A category was taken back.
    CategoryRestored("category.restored") of CategoryId;
    /// A service was made.
    ServiceCreated("service.created") of ServiceId;
    /// A service was archived.
    ServiceArchived("service.archived") of ServiceId;
    /// A service was taken back.
    ServiceRestored("service.restored") of ServiceId;
    /// A cancellation policy was made.
    CancellationPolicyCreated("cancellation_policy.created") of CancellationPolicyId;
    /// A cancellation policy was archived.
    CancellationPolicyArchived("cancellation_policy.archived") of CancellationPolicyId;
    /// A cancellation policy was taken back.
    CancellationPolicyRestored("cancellation_policy.restored") of CancellationPolicyId;
    /// A resource type was made.
    ResourceTypeCreated("resource_type.created") of ResourceTypeId;
    /// A resource type was archived.
    ResourceTypeArchived("resource_type.archived") of ResourceTypeId;
    /// A resource type was taken back.
    ResourceTypeRestored("resource_type.restored") of ResourceTypeId;
    /// A resource was made.
    ResourceCreated("resource.created") of ResourceId;
    /// A resource was archived.
    ResourceArchived("resource.archived") of ResourceId;
    /// A resource was taken back.
    ResourceRestored("resource.restored") of ResourceId;
}

changed! {
    /// A category was edited.
    CategoryUpdated("category.updated") of CategoryId;
    /// A cancellation policy was edited.
    CancellationPolicyUpdated("cancellation_policy.updated") of CancellationPolicyId;
    /// A service was edited.
    ServiceUpdated("service.updated") of ServiceId;
    /// A resource type was edited.
    ResourceTypeUpdated("resource_type.updated") of ResourceTypeId;
    /// A resource was edited.
    ResourceUpdated("resource.updated") of ResourceId;
}

/// Another policy, or none, is that of services that name none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultCancellationPolicySet {
    /// Which one.
    pub policy: Option<CancellationPolicyId>,
}

impl jobs::Event for DefaultCancellationPolicySet {
    const NAME: &'static str = "cancellation_policy.default_set";

    fn subject(&self) -> Option<Uuid> {
        self.policy.map(CancellationPolicyId::uuid)
    }
}

/// A maintenance window, as its events tell it.
macro_rules! window {
    ($($(#[$meta:meta])* $event:ident($name:literal);)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $event {
            /// Which window.
            pub id: MaintenanceId,
            /// Of which resource.
            pub resource_id: ResourceId,
            /// When it starts.
            pub starts_at: DateTime<Utc>,
            /// When it ends.
            pub ends_at: DateTime<Utc>,
            /// How many bookings it hit when this happened.
            pub affected: usize,
        }

        impl jobs::Event for $event {
            const NAME: &'static str = $name;

            fn subject(&self) -> Option<Uuid> {
                Some(self.id.uuid())
            }
        }
    )+};
}

window! {
    /// A maintenance window was planned.
    MaintenanceScheduled("maintenance.scheduled");
    /// A maintenance window was moved or given another reason.
    MaintenanceUpdated("maintenance.updated");
    /// A maintenance window was called off.
    MaintenanceCancelled("maintenance.cancelled");
}

/// Compares two states field by field. `version` always differs and is left out; texts are named without their words.
pub fn changes<T: Serialize>(before: &T, after: &T) -> Changes {
    let (Ok(Value::Object(before)), Ok(Value::Object(after))) =
        (serde_json::to_value(before), serde_json::to_value(after))
    else {
        return Changes::new();
    };
    let changed = after.into_iter().filter_map(|(field, to)| {
        let from = before.get(&field).cloned().unwrap_or_default();
        let told = if TEXTS.contains(&field.as_str()) { Value::Null } else { json!({ "from": from, "to": to }) };
        (field != "version" && from != to).then_some((field, told))
    });
    changed.collect()
}

const TEXTS: [&str; 7] = ["name", "description", "add_ons", "title", "bio", "reason", "note"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_tells_numbers_and_only_names_texts() {
        let before = json!({ "name": "a", "version": 1, "capacity": 2, "active": true });
        let after = json!({ "name": "b", "version": 2, "capacity": 3, "active": true });
        let told = changes(&before, &after);
        assert_eq!(Value::Object(told), json!({ "name": null, "capacity": { "from": 2, "to": 3 } }));
    }
}
