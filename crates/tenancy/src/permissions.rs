//! What tenancy lets a role do. The administrator has all of it; brackets name who else does.

access::permissions! {
    /// Permissions of tenancy.
    pub mod permissions {
        /// See the company, its locations, opening hours and closures.
        COMPANY_READ = "company.read" [Manager, Employee, PublishableKey];
        /// Change the company's name, address on the web and booking settings.
        COMPANY_WRITE = "company.write" [Manager];
        /// Change locations, opening hours and closures.
        LOCATIONS_WRITE = "locations.write" [Manager];
        /// See members, roles and open invitations.
        MEMBERS_READ = "members.read" [Manager];
        /// Invite members, change their roles and remove them.
        MEMBERS_WRITE = "members.write" [];
        /// Make and change custom roles.
        ROLES_WRITE = "roles.write" [];
        /// Make, see and revoke API keys.
        API_KEYS_WRITE = "keys.write" [];
        /// Read the audit log.
        AUDIT_READ = "audit.read" [];
    }
}

pub use permissions::*;
