//! Who may see what was sent.

access::permissions! {
    /// Permissions of messages.
    pub mod permissions {
        /// See which messages were sent about bookings and clients, and what became of them.
        MESSAGES_READ = "messages.read" [Manager];
    }
}

pub use permissions::*;
