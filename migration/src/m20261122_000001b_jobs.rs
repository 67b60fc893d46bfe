//! Events, which are also the audit trail; the jobs that follow from them; what runs at regular times.

use crate::ddl::Ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        events(&ddl).await?;
        jobs(&ddl).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

async fn events(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    // Append-only: ids, codes, amounts and times. What is personal stands in event_detail.
    ddl.company_table(
        "event",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         name {key} NOT NULL,
         version {int} NOT NULL,
         subject_id {uuid},
         payload {json} NOT NULL,
         actor_kind {key} NOT NULL CHECK (actor_kind IN ('anonymous', 'user', 'api_key', 'client', 'system')),
         actor_id {uuid},
         request_id {uuid} NOT NULL,
         detail_hash {bytes},
         at {time} NOT NULL,
         PRIMARY KEY (company_id, id)",
    )
    .await?;
    ddl.run(
        "CREATE INDEX event_time ON event (company_id, at, id);
         CREATE INDEX event_subject ON event (company_id, subject_id, at, id) WHERE subject_id IS NOT NULL;
         CREATE INDEX event_actor ON event (company_id, actor_id, at, id) WHERE actor_id IS NOT NULL",
    )
    .await?;
    // Emptied when the client is erased; the event keeps the hash of what stood here.
    ddl.company_table(
        "event_detail",
        "company_id {uuid} NOT NULL,
         event_id {uuid} NOT NULL,
         client_id {uuid},
         data {json},
         PRIMARY KEY (company_id, event_id),
         FOREIGN KEY (company_id, event_id) REFERENCES event (company_id, id)",
    )
    .await?;
    ddl.run("CREATE INDEX event_detail_client ON event_detail (company_id, client_id) WHERE client_id IS NOT NULL")
        .await
}

async fn jobs(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    // A job that is done is deleted. One that a worker holds is 'ready' again when its lease ends: run_at says when.
    ddl.company_table(
        "job",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         bucket {int} NOT NULL CHECK (bucket BETWEEN 0 AND 15),
         handler {key} NOT NULL,
         event_id {uuid},
         payload {json},
         unique_key {key},
         state {key} NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'dead')),
         run_at {time} NOT NULL,
         attempts {int} NOT NULL DEFAULT 0 CHECK (attempts >= 0),
         locked_by {uuid},
         locked_until {time},
         request_id {uuid} NOT NULL,
         error {text},
         created_at {time} NOT NULL,
         died_at {time},
         PRIMARY KEY (company_id, id),
         FOREIGN KEY (company_id, event_id) REFERENCES event (company_id, id),
         CONSTRAINT job_about CHECK ((event_id IS NULL) <> (payload IS NULL)),
         CONSTRAINT job_lease CHECK ((locked_by IS NULL) = (locked_until IS NULL)),
         CONSTRAINT job_death CHECK ((state = 'dead') = (died_at IS NOT NULL))",
    )
    .await?;
    // Workers look over all companies by bucket; everything else leads with the company.
    ddl.run(
        "CREATE INDEX job_due ON job (bucket, run_at) WHERE state = 'ready';
         CREATE INDEX job_companies ON job (bucket, company_id, run_at) WHERE state = 'ready';
         CREATE INDEX job_claim ON job (company_id, run_at) WHERE state = 'ready';
         CREATE INDEX job_dead ON job (company_id, died_at, id) WHERE state = 'dead';
         CREATE UNIQUE INDEX job_once_per_event ON job (company_id, event_id, handler) WHERE event_id IS NOT NULL;
         CREATE UNIQUE INDEX job_once_per_key ON job (company_id, handler, unique_key) WHERE unique_key IS NOT NULL",
    )
    .await?;
    // A worker's look for due companies: it may see jobs of all of them, and change none.
    ddl.only_postgres("CREATE POLICY worker ON job FOR SELECT USING (current_setting('app.worker', true) = 'on')")
        .await?;
    // Belongs to the reserved company; the one who moves next_run_at on starts the run.
    ddl.company_table(
        "job_schedule",
        "company_id {uuid} NOT NULL,
         name {key} NOT NULL,
         next_run_at {time} NOT NULL,
         PRIMARY KEY (company_id, name)",
    )
    .await
}
