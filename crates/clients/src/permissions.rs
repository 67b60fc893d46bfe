//! Who may do what with clients. `own` is always a filter, never a refusal: another person's client is not found.

access::permissions! {
    /// Permissions of clients and their cards.
    pub mod permissions {
        /// See the own clients: those with a visit in the own calendar, and those one added oneself.
        CLIENTS_OWN = "clients.own" [Manager, Employee];
        /// See every client of the company.
        CLIENTS_ALL = "clients.all" [Manager];
        /// See phones and e-mail addresses, and search by them.
        CLIENTS_CONTACTS = "clients.contacts" [Manager];
        /// Read and write private notes about clients.
        CLIENTS_NOTES = "clients.notes" [Manager, Employee];
        /// Add clients and edit the cards one can see.
        CLIENTS_WRITE = "clients.write" [Manager, Employee];
        /// Have codes sent by which clients sign in to see, move and cancel their own visits.
        CLIENTS_PROVE = "clients.prove" [PublishableKey];
        /// Archive and restore clients, and keep the block list.
        CLIENTS_MANAGE = "clients.manage" [Manager];
    }
}

pub use permissions::*;
