//! Row-level security, whatever the login: a statement that forgets its filter sees nothing of another company.

use crate::engine::{admin, new_postgres_database, target};
use db::{Db, Options, Subject};
use kernel::{CompanyId, SystemClock};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use std::sync::Arc;

kernel::id! {
    /// A subject for tests.
    pub struct ThingId("thg");
}

async fn rows_without_filter(reader: &db::Reader) -> i64 {
    let sql = Statement::from_string(DbBackend::Postgres, "SELECT count(*) AS n FROM schedule");
    reader.conn().query_one_raw(sql).await.unwrap().unwrap().try_get("", "n").unwrap()
}

/// The server's own URL with another login.
pub fn login_as(url: &str, user: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    let host = rest.split_once('@').map_or(rest, |(_, host)| host);
    format!("{scheme}://{user}:fence@{host}")
}

#[tokio::test]
async fn a_forgotten_filter_shows_nothing_to_superuser_owner_and_plain_login() {
    let Some((server, name, url)) = new_postgres_database().await else { return };
    let (owner, plain) = (format!("{name}_owner"), format!("{name}_plain"));
    admin(
        &server,
        &format!(
            "CREATE ROLE {owner} LOGIN PASSWORD 'fence'; CREATE ROLE {plain} LOGIN PASSWORD 'fence'; ALTER DATABASE {name} OWNER TO {owner}"
        ),
    )
    .await;
    admin(&url, &format!("ALTER SCHEMA public OWNER TO {owner}")).await;
    // The owner migrates, as where the product has a database and a login of its own.
    migration::migrate(&target(&login_as(&url, &owner))).await.unwrap();
    admin(&url, &format!("GRANT USAGE ON SCHEMA public TO {plain}; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {plain}")).await;
    migration::migrate(&target(&url)).await.unwrap();

    for url in [url.clone(), login_as(&url, &owner), login_as(&url, &plain)] {
        let db = Db::open(Options::new(&url), Arc::new(SystemClock)).await.unwrap();
        let (ours, theirs) = (CompanyId::new(), CompanyId::new());
        let written: kernel::Result<()> =
            db::transaction!(db, ours, |tx| tx.lock_schedules(&[Subject::staff(ThingId::new()).exclusive()]).await);
        written.unwrap();
        assert_eq!(rows_without_filter(&db.read(ours).await.unwrap()).await, 1, "{url}");
        assert_eq!(rows_without_filter(&db.read(theirs).await.unwrap()).await, 0, "{url}");

        let forged: kernel::Result<u64> = db::transaction!(db, ours, |tx| {
            let sql = format!(
                "INSERT INTO schedule (company_id, kind, subject_id) VALUES ('{}', 2, '{}')",
                theirs.uuid(),
                theirs.uuid()
            );
            Ok(tx.conn().execute_unprepared(&sql).await.map_err(db::fault)?.rows_affected())
        });
        assert!(forged.is_err(), "WITH CHECK refuses another company's row: {url}");
        // Pooled connections do not keep the company of the request before.
        for _ in 0..20 {
            assert_eq!(rows_without_filter(&db.read(theirs).await.unwrap()).await, 0, "{url}");
        }
        db.close().await;
    }
    admin(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
    admin(&server, &format!("DROP ROLE {owner}; DROP ROLE {plain}")).await;
}
