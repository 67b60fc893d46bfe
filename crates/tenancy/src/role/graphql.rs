//! Roles in the schema.

use std::collections::HashMap;

use access::{BuiltinRole, Role};
use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use kernel::{CommonCode, Error};

use super::{CustomRole, NewRole, RoleChange, RoleId, RoleRef, repo};
use crate::error::TenancyUserError;
use crate::handle::Tenancy;
use crate::permissions::MEMBERS_READ;

/// Which role somebody has.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleKind {
    /// May do everything.
    Administrator,
    /// Runs the business; not roles, keys, backups or the company's end.
    Manager,
    /// Works with their own calendar and its clients.
    Employee,
    /// One that the company made.
    Custom,
}

/// A role to be given.
#[derive(InputObject)]
pub struct RoleInput {
    /// Which role.
    kind: RoleKind,
    /// Which custom role, with `CUSTOM`; left out otherwise.
    custom_role_id: Option<ID>,
}

impl RoleInput {
    /// The role that is meant; what a person can mend is about the field `role` of the input.
    pub(crate) fn read(self) -> kernel::Result<RoleRef> {
        let builtin = match (self.kind, self.custom_role_id) {
            (RoleKind::Custom, Some(id)) => return gql::id(&id).map(RoleRef::Custom),
            (RoleKind::Custom, None) => return Err(Error::invalid(CommonCode::Required).at("role.customRoleId")),
            (_, Some(_)) => return Err(Error::invalid(CommonCode::Invalid).at("role.customRoleId")),
            (RoleKind::Administrator, None) => BuiltinRole::Administrator,
            (RoleKind::Manager, None) => BuiltinRole::Manager,
            (RoleKind::Employee, None) => BuiltinRole::Employee,
        };
        Ok(RoleRef::Builtin(builtin))
    }
}

/// The role of a member or an invitation.
#[derive(SimpleObject)]
pub struct MemberRole {
    /// Which role.
    kind: RoleKind,
    /// The custom role's id; null for the others.
    custom_role_id: Option<ID>,
    /// Its name: what the company called a custom role, the stable name of a built-in one.
    name: String,
    /// Names of its permissions, in order.
    permissions: Vec<&'static str>,
}

impl From<&Role> for MemberRole {
    fn from(role: &Role) -> Self {
        let kind = match role {
            Role::Builtin(BuiltinRole::Administrator) => RoleKind::Administrator,
            Role::Builtin(BuiltinRole::Manager) => RoleKind::Manager,
            Role::Builtin(_) => RoleKind::Employee,
            Role::Custom { .. } => RoleKind::Custom,
        };
        let custom_role_id = match role {
            Role::Custom { id, .. } => Some(gql::to_id(RoleId::from_uuid(*id))),
            Role::Builtin(_) => None,
        };
        Self { kind, custom_role_id, name: role.name().to_owned(), permissions: role.permissions().names() }
    }
}

impl MemberRole {
    /// The role of a reference, through the loader.
    pub(crate) async fn load(ctx: &Context<'_>, role: RoleRef) -> Result<Self> {
        let role = match role {
            RoleRef::Builtin(role) => Role::Builtin(role),
            RoleRef::Custom(id) => gql::load(ctx, id).await?.ok_or_else(Error::not_found)?.into(),
        };
        Ok(Self::from(&role))
    }
}

impl gql::Load for RoleId {
    type Value = CustomRole;

    async fn load(source: &gql::Source, ids: &[Self]) -> kernel::Result<HashMap<Self, CustomRole>> {
        let reader = source.reader().await?;
        // A company has few roles: all of them are as cheap as some.
        let roles = repo::list(&*reader, reader.company()).await?;
        Ok(roles.into_iter().filter(|role| ids.contains(&role.id)).map(|role| (role.id, role)).collect())
    }
}

/// A custom role.
#[derive(Clone, Debug)]
pub struct RoleObject(CustomRole);

impl From<CustomRole> for RoleObject {
    fn from(role: CustomRole) -> Self {
        Self(role)
    }
}

/// A custom role: a named set of permissions of one company.
#[Object(name = "Role")]
impl RoleObject {
    /// The role's id, `rol_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Names of its permissions, in order.
    async fn permissions(&self) -> Vec<&'static str> {
        self.0.permissions.names()
    }

    /// Whether it is archived: nobody has it any more.
    async fn archived(&self) -> bool {
        self.0.archived
    }

    /// Grows with each edit; an edit names the one that it is based on.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

impl gql::Node for RoleObject {
    type Id = RoleId;

    async fn find(ctx: &Context<'_>, id: RoleId) -> Result<Self> {
        gql::cx(ctx)?.require(MEMBERS_READ)?;
        Ok(gql::load(ctx, id).await?.ok_or_else(Error::not_found)?.into())
    }
}

gql::node!(RoleObject);

/// The right to one kind of action.
#[derive(SimpleObject)]
struct Permission {
    /// Its stable name: `catalog.write`.
    name: &'static str,
    /// What it allows, in English.
    description: &'static str,
    /// The built-in roles that have it.
    roles: Vec<RoleKind>,
}

/// Queries about roles.
#[derive(Default)]
pub struct RoleQuery;

#[Object]
impl RoleQuery {
    /// The company's custom roles in order of name, archived ones last. Permission: members.read.
    async fn roles(&self, ctx: &Context<'_>) -> Result<Option<Vec<RoleObject>>> {
        let reader = gql::reader(ctx).await?;
        let roles = ctx.data::<Tenancy>()?.roles(gql::cx(ctx)?, &reader).await?;
        Ok(Some(roles.into_iter().map(RoleObject::from).collect()))
    }

    /// Every permission there is, by name: what roles and secret keys are made of. Permission: members.read.
    async fn permissions(&self, ctx: &Context<'_>) -> Result<Option<Vec<Permission>>> {
        gql::cx(ctx)?.require(MEMBERS_READ)?;
        let roles = [
            (BuiltinRole::Administrator, RoleKind::Administrator),
            (BuiltinRole::Manager, RoleKind::Manager),
            (BuiltinRole::Employee, RoleKind::Employee),
        ];
        let list = access::all_permissions().iter().map(|permission| Permission {
            name: permission.name,
            description: permission.description,
            roles: roles.iter().filter(|(role, _)| permission.is_of(*role)).map(|(_, kind)| *kind).collect(),
        });
        Ok(Some(list.collect()))
    }
}

/// A custom role to be made.
#[derive(InputObject)]
struct RoleCreateInput {
    /// Its name, at most 60 characters, unique among the company's roles.
    name: String,
    /// Names of its permissions; the caller must have each of them.
    permissions: Vec<String>,
    /// The caller's key, at most 64 characters: a repeated request with the same key makes one role.
    idempotency_key: Option<String>,
}

/// An edit of a custom role. A field that is left out stays as it is.
#[derive(InputObject)]
struct RoleUpdateInput {
    /// Which role.
    id: ID,
    /// The version that the edit is based on.
    version: i32,
    /// A new name.
    name: Option<String>,
    /// Names of all its permissions from now on; the caller must have each of them.
    permissions: Option<Vec<String>>,
}

/// A custom role to be archived.
#[derive(InputObject)]
struct RoleArchiveInput {
    /// Which role.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

gql::payloads! {
    TenancyUserError;
    /// What became of a new role.
    RoleCreatePayload { role: RoleObject = CustomRole };
    /// What became of an edit of a role.
    RoleUpdatePayload { role: RoleObject = CustomRole } or current: CustomRole;
    /// What became of the archiving of a role.
    RoleArchivePayload { role: RoleObject = CustomRole } or current: CustomRole;
}

/// Changes of roles.
#[derive(Default)]
pub struct RoleMutation;

#[Object]
impl RoleMutation {
    /// Makes a custom role. Emits `role.created`. Permission: roles.write.
    async fn role_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The role.")] input: RoleCreateInput,
    ) -> Result<Option<RoleCreatePayload>> {
        let new = NewRole { name: input.name, permissions: input.permissions, idempotency_key: input.idempotency_key };
        let outcome = ctx.data::<Tenancy>()?.create_role(gql::cx(ctx)?, new).await;
        gql::answer(ctx, outcome)
    }

    /// Changes a custom role; it acts with its holders' next request. Emits `role.updated`. Permission: roles.write.
    async fn role_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The edit.")] input: RoleUpdateInput,
    ) -> Result<Option<RoleUpdatePayload>> {
        let (cx, id) = (gql::cx(ctx)?, gql::id(&input.id)?);
        let change = RoleChange { version: input.version, name: input.name, permissions: input.permissions };
        let outcome = ctx.data::<Tenancy>()?.update_role(cx, id, change).await;
        gql::answer(ctx, outcome)
    }

    /// Archives a custom role that no member has and no invitation promises. Emits `role.archived`.
    /// Permission: roles.write.
    async fn role_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which role.")] input: RoleArchiveInput,
    ) -> Result<Option<RoleArchivePayload>> {
        let (cx, id) = (gql::cx(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Tenancy>()?.archive_role(cx, id, input.version).await;
        gql::answer(ctx, outcome)
    }
}
