//! Permissions over jobs that failed for good.

access::permissions! {
    /// See jobs that were given up, with the reason.
    JOBS_READ = "jobs.read" [Manager];
    /// Run given-up jobs again, or discard them.
    JOBS_REPLAY = "jobs.replay" [];
}
