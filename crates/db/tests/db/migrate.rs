//! The schema itself: several processes may migrate at once, and every key says whose it is.

use crate::engine::{admin, admin_count, engines, new_postgres_database, target};
use db::Engine;
use kernel::CompanyId;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

/// Tables that are read before the company is known, and the migrations' own.
const GLOBAL: &[&str] =
    &["seaql_migrations", "user_account", "session", "company", "membership", "role", "invitation", "credential"];

#[tokio::test]
async fn five_migrate_at_once_and_one_does() {
    let Some((server, name, url)) = new_postgres_database().await else { return };
    let tasks: Vec<_> = (0..5)
        .map(|_| {
            let target = target(&url);
            tokio::spawn(async move { migration::migrate(&target).await.unwrap() })
        })
        .collect();
    let mut ran = Vec::new();
    for task in tasks {
        ran.push(task.await.unwrap());
    }
    assert_eq!(ran.iter().filter(|count| **count > 0).count(), 1, "{ran:?}");
    admin(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
}

/// As a plain owner, whom FORCE binds: what the next release's data migration will run as.
#[tokio::test]
async fn a_data_migration_sees_every_companys_rows_and_fails_on_an_orphan() {
    use migration::ddl::Ddl;
    use sea_orm_migration::SchemaManager;
    use sea_orm_migration::sea_orm::{Database, TransactionTrait};

    let Some((server, name, url)) = new_postgres_database().await else { return };
    let owner = format!("{name}_owner");
    admin(&server, &format!("CREATE ROLE {owner} LOGIN PASSWORD 'fence'; ALTER DATABASE {name} OWNER TO {owner}"))
        .await;
    admin(&url, &format!("ALTER SCHEMA public OWNER TO {owner}")).await;
    let url_of_owner = crate::fence::login_as(&url, &owner);
    migration::migrate(&target(&url_of_owner)).await.unwrap();
    // Two companies' rows, one of them an orphan of the key that is about to be added.
    admin(
        &url,
        "INSERT INTO stamp SELECT gen_random_uuid(), 'catalog', 1 FROM generate_series(1, 2);
         INSERT INTO schedule SELECT company_id, 2, gen_random_uuid() FROM stamp LIMIT 1;
         INSERT INTO schedule SELECT gen_random_uuid(), 2, gen_random_uuid()",
    )
    .await;
    let connection = Database::connect(&url_of_owner).await.unwrap();

    let open = connection.begin().await.unwrap();
    let manager = SchemaManager::new(&open);
    let ddl = Ddl::new(&manager);
    ddl.across_companies(&["stamp"], "UPDATE stamp SET value = 2").await.unwrap();
    let forgotten = ddl.across_companies(&["stamp"], "UPDATE schedule SET kind = 3").await;
    assert!(forgotten.unwrap_err().to_string().contains("row-level security"));
    open.rollback().await.unwrap();

    let open = connection.begin().await.unwrap();
    let manager = SchemaManager::new(&open);
    let ddl = Ddl::new(&manager);
    ddl.across_companies(&["stamp"], "UPDATE stamp SET value = 2").await.unwrap();
    open.commit().await.unwrap();

    let open = connection.begin().await.unwrap();
    let manager = SchemaManager::new(&open);
    let ddl = Ddl::new(&manager);
    ddl.run("CREATE UNIQUE INDEX stamp_company ON stamp (company_id)").await.unwrap();
    let key = "ALTER TABLE schedule ADD FOREIGN KEY (company_id) REFERENCES stamp (company_id)";
    let orphan = ddl.across_companies(&["stamp", "schedule"], key).await;
    assert!(orphan.unwrap_err().to_string().contains("violates foreign key constraint"));
    open.rollback().await.unwrap();
    connection.close().await.unwrap();

    let seen = admin_count(&url, "SELECT count(*) FROM stamp WHERE value = 2").await;
    assert_eq!(seen, 2, "both companies' rows were changed");
    admin(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
    admin(&server, &format!("DROP ROLE {owner}")).await;
}

#[tokio::test]
async fn every_key_of_a_company_table_leads_with_the_company() {
    for test in engines().await {
        let sql = match test.db.engine() {
            Engine::Sqlite => {
                "SELECT m.name AS place, (SELECT group_concat(p.name) FROM (SELECT name FROM pragma_table_info(m.name) WHERE pk > 0 ORDER BY pk) p) AS columns
                 FROM sqlite_master m WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'
                 UNION ALL
                 SELECT m.name, (SELECT group_concat(i.name) FROM pragma_index_info(l.name) i)
                 FROM sqlite_master m, pragma_index_list(m.name) l WHERE m.type = 'table' AND l.\"unique\"
                 UNION ALL
                 SELECT m.name, (SELECT group_concat(f.\"from\") FROM (SELECT * FROM pragma_foreign_key_list(m.name) WHERE id = k.id ORDER BY seq) f)
                 FROM sqlite_master m, pragma_foreign_key_list(m.name) k WHERE m.type = 'table'"
            }
            Engine::Postgres => {
                "SELECT c.conrelid::regclass::text AS place, string_agg(a.attname, ',' ORDER BY k.position) AS columns
                 FROM pg_constraint c JOIN LATERAL unnest(c.conkey) WITH ORDINALITY k(column_number, position) ON TRUE
                 JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.column_number
                 WHERE c.connamespace = 'public'::regnamespace AND c.contype IN ('p', 'u', 'f', 'x') GROUP BY c.oid, c.conrelid
                 UNION ALL
                 SELECT i.indrelid::regclass::text, string_agg(a.attname, ',' ORDER BY k.position)
                 FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k(column_number, position) ON TRUE
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.column_number
                 WHERE i.indisunique AND t.relnamespace = 'public'::regnamespace GROUP BY i.indexrelid, i.indrelid"
            }
        };
        let keys = rows(&test.db, sql).await;
        assert!(keys.len() > 20, "the catalogue query found too little to be true");
        let strays: Vec<_> = keys
            .iter()
            .filter(|(table, columns)| !GLOBAL.contains(&table.as_str()) && !columns.starts_with("company_id"))
            .collect();
        assert!(strays.is_empty(), "{:?}: {strays:?}", test.db.engine());
        test.finish().await;
    }
}

#[tokio::test]
async fn postgres_has_neither_sequences_nor_triggers_nor_an_unfenced_company_table() {
    let Some(test) = crate::engine::postgres().await else { return };
    let sequences = rows(&test.db, "SELECT sequencename::text AS place, '' AS columns FROM pg_sequences").await;
    assert!(sequences.is_empty(), "{sequences:?}");
    let triggers = "SELECT tgname::text AS place, '' AS columns FROM pg_trigger WHERE NOT tgisinternal";
    assert!(rows(&test.db, triggers).await.is_empty());
    let fences = "SELECT c.relname::text AS place, (c.relrowsecurity AND c.relforcerowsecurity)::text AS columns
                  FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace";
    let open: Vec<_> = rows(&test.db, fences)
        .await
        .into_iter()
        .filter(|(table, fenced)| !GLOBAL.contains(&table.as_str()) && fenced != "true")
        .collect();
    assert!(open.is_empty(), "no row-level security: {open:?}");
    test.finish().await;
}

async fn rows(db: &db::Db, sql: &str) -> Vec<(String, String)> {
    let reader = db.read(CompanyId::NONE).await.unwrap();
    let backend = if db.engine() == Engine::Sqlite { DbBackend::Sqlite } else { DbBackend::Postgres };
    let rows = reader.conn().query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
    rows.iter()
        .map(|row| {
            let columns: Option<String> = row.try_get("", "columns").unwrap();
            (row.try_get("", "place").unwrap(), columns.unwrap_or_default())
        })
        .collect()
}
