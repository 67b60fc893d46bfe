-- The statements of one booking as the server sends them, in one transaction. `load_subject` holds whom it may be for; times
-- lie in a far century, each taken once.
\set n random(1, :subjects)
SELECT company, location, staff, resource, client, service,
       timestamptz '2200-01-01 00:00Z' + nextval('load_hour') * interval '1 hour' AS starts,
       load_id() AS booking, load_id() AS line, load_id() AS first, load_id() AS second, load_id() AS created, load_id() AS confirmed,
       load_id() AS job_one, load_id() AS job_two, 'ZP-' || nextval('load_hour') AS reference
FROM load_subject WHERE n = :n \gset
BEGIN;
SELECT set_config('app.company_id', :company, true), clock_timestamp(), pg_backend_pid(),
       coalesce((SELECT string_agg(name || '=' || value, ',') FROM stamp WHERE company_id = :company::uuid), '') AS stamps;
INSERT INTO idempotency (company_id, principal, operation, key, input_hash, created_at)
VALUES (:company::uuid, 'load', 'bookingCreate', :booking, sha256('input'), now()) ON CONFLICT DO NOTHING;
SELECT * FROM client WHERE company_id = :company::uuid AND id IN (:client::uuid);
SELECT kind FROM schedule WHERE company_id = :company::uuid AND kind = 0 AND subject_id = :location::uuid FOR SHARE;
INSERT INTO schedule (company_id, kind, subject_id)
VALUES (:company::uuid, 2, :staff::uuid), (:company::uuid, 3, :resource::uuid), (:company::uuid, 1, :client::uuid)
ON CONFLICT (company_id, kind, subject_id) DO UPDATE SET kind = excluded.kind WHERE FALSE;
UPDATE allocation SET active = FALSE
WHERE company_id = :company::uuid AND active AND expires_at IS NOT NULL AND expires_at <= now() AND subject_id IN (:staff::uuid, :resource::uuid);
SELECT coalesce(string_agg(name || '=' || value, ','), '') AS stamps FROM stamp WHERE company_id = :company::uuid;
SELECT subject_kind, subject_id, lane, busy_from, busy_to, location_id, expires_at, booking_line_id, hold_id, session_id
FROM allocation WHERE company_id = :company::uuid AND active AND subject_id IN (:staff::uuid, :resource::uuid)
  AND busy_from < :starts::timestamptz + interval '1 day' AND busy_to > :starts::timestamptz - interval '1 day'
  AND busy_from > :starts::timestamptz - interval '3 days' AND (expires_at IS NULL OR expires_at > now())
ORDER BY subject_id, lane, busy_from;
INSERT INTO booking (company_id, id, reference, status, status_since, location_id, client_id, hold_id, session_id, party_size, series_id,
    series_date, starts_at, ends_at, zone, local_date, currency, total_minor, channel, policy, awaits_approval, awaits_prepayment,
    pending_until, prepayment_minor, fee_minor, deposit_kept, client_moves, overrides, guests, client_note, internal_note,
    cancel_reason, cancel_note, version, created_at, updated_at)
VALUES (:company::uuid, :booking::uuid, :reference, 'CONFIRMED', now(), :location::uuid, :client::uuid, NULL, NULL, 1, NULL, NULL,
    :starts::timestamptz, :starts::timestamptz + interval '1 hour', 'Europe/Kyiv', (:starts::timestamptz)::date, 'UAH', 60000, 'WEB',
    '{"cancellation": {"deadlines": [], "max_reschedules": null, "reschedule_hours": null, "reschedule_until": null, "no_show_fee_minor": 0, "no_show_keeps_deposit": false}, "horizon_days": 60, "notice_minutes": 0, "approval_required": false, "no_show_grace_minutes": 10}',
    FALSE, FALSE, NULL, 0, NULL, FALSE, 0, '[]', '[]', NULL, NULL, NULL, NULL, 1, now(), now());
INSERT INTO booking_line (company_id, id, booking_id, position, service_id, service_name_uk, service_name_en, color, with_previous, guest,
    persons, add_ons, staff_id, staff_name, staff_choice, starts_at, ends_at, duration_minutes, processing_after, processing_minutes,
    buffer_before_minutes, buffer_after_minutes, price_kind, price_minor, tax_rate_bp, requirements, resources)
VALUES (:company::uuid, :line::uuid, :booking::uuid, 0, :service::uuid, 'Стрижка', 'Haircut', NULL, FALSE, NULL, 1, '[]', :staff::uuid,
    'Майстер 1', 'NAMED', :starts::timestamptz, :starts::timestamptz + interval '1 hour', 60, NULL, NULL, 0, 0, 'FIXED', 60000, 0,
    '[{"units": 1, "target": {"Type": "rty_01m8pkwfa6eq4thzxvhavtkaht"}, "setup_minutes": 0, "cleanup_minutes": 0}]',
    '[{"id": "rsc_01m8pkwfa7eeb9j5xx6abcza8y", "name": "Крісло 1", "setup_minutes": 0, "cleanup_minutes": 0}]');
INSERT INTO allocation (company_id, id, subject_kind, subject_id, lane, busy_from, busy_to, active, expires_at, hold_id, booking_line_id,
    session_id, location_id)
VALUES (:company::uuid, :first::uuid, 2, :staff::uuid, 0, :starts::timestamptz, :starts::timestamptz + interval '1 hour', TRUE, NULL, NULL,
        :line::uuid, NULL, :location::uuid),
       (:company::uuid, :second::uuid, 3, :resource::uuid, 0, :starts::timestamptz, :starts::timestamptz + interval '1 hour', TRUE, NULL,
        NULL, :line::uuid, NULL, :location::uuid)
ON CONFLICT DO NOTHING RETURNING id;
INSERT INTO event (company_id, id, name, version, subject_id, payload, actor_kind, actor_id, request_id, detail_hash, at)
VALUES (:company::uuid, :created::uuid, 'load.created', 1, :booking::uuid,
    '{"hold": null, "staff": ["stf_01m8pkwfcvejmtcds42222ys6r"], "awaits": [], "client": "cli_01m8pkwfmxemz9z6gewtrbahb1", "series": null, "status": "CONFIRMED", "booking": "bkg_01m8pn4s0tewe8q541a6hvy9b9", "ends_at": "2026-12-28T11:00:00Z", "location": "loc_01m8pkwf50ex7bysjm10fbdg4n", "overrides": [], "starts_at": "2026-12-28T10:00:00Z"}',
    'user', :client::uuid, :line::uuid, NULL, now());
INSERT INTO job (company_id, id, bucket, handler, event_id, payload, unique_key, state, run_at, attempts, locked_by, locked_until, request_id,
    error, created_at, died_at)
VALUES (:company::uuid, :job_one::uuid, 3, 'load.created', :created::uuid, NULL, NULL, 'ready', now(), 0, NULL, NULL, :line::uuid, NULL, now(), NULL);
INSERT INTO event (company_id, id, name, version, subject_id, payload, actor_kind, actor_id, request_id, detail_hash, at)
VALUES (:company::uuid, :confirmed::uuid, 'load.confirmed', 1, :booking::uuid,
    '{"client": "cli_01m8pkwfmxemz9z6gewtrbahb1", "series": null, "booking": "bkg_01m8pn4s0tewe8q541a6hvy9b9", "ends_at": "2026-12-28T11:00:00Z", "starts_at": "2026-12-28T10:00:00Z"}',
    'user', :client::uuid, :line::uuid, NULL, now());
INSERT INTO job (company_id, id, bucket, handler, event_id, payload, unique_key, state, run_at, attempts, locked_by, locked_until, request_id,
    error, created_at, died_at)
VALUES (:company::uuid, :job_two::uuid, 3, 'load.confirmed', :confirmed::uuid, NULL, NULL, 'ready', now(), 0, NULL, NULL, :line::uuid, NULL, now(), NULL);
UPDATE idempotency SET result = '["01a22d52-5da1-7290-9767-d38db76b5e03"]'
WHERE company_id = :company::uuid AND principal = 'load' AND operation = 'bookingCreate' AND key = :booking;
INSERT INTO calendar_day (company_id, local_date, previous, stamp)
VALUES (:company::uuid, (:starts::timestamptz)::date, 0, (random() * 9e18)::bigint)
ON CONFLICT (company_id, local_date) DO UPDATE SET previous = calendar_day.stamp, stamp = excluded.stamp RETURNING local_date, previous;
COMMIT;
