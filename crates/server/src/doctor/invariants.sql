-- What must hold in the database, whatever crashed or raced. Each query answers the ids of the rows that break the
-- rule above it; no rows means that it holds. :company, :now and :yesterday are parameters.
-- A rule starts with a line `-- rule: sentence`. `-- on: postgres` keeps it off other engines; `-- of: installation`
-- asks once instead of once per company, has no parameters and answers names instead of ids.

-- rule: two active allocations of one subject and lane do not overlap
SELECT id FROM (
    SELECT id, busy_from,
           MAX(busy_to) OVER (PARTITION BY subject_id, lane ORDER BY busy_from, id
                              ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS taken_until
    FROM allocation WHERE company_id = :company AND active) AS taken
WHERE taken_until > busy_from;

-- rule: a line of a blocking booking that names a staff member has an active allocation of them
SELECT line.id FROM booking_line AS line
JOIN booking ON booking.company_id = line.company_id AND booking.id = line.booking_id
WHERE line.company_id = :company AND line.staff_id IS NOT NULL AND booking.session_id IS NULL
  AND booking.status IN ('PENDING', 'CONFIRMED', 'ARRIVED', 'IN_SERVICE', 'COMPLETED')
  -- A visit that ended early gives back the lines that never began.
  AND NOT (booking.status = 'COMPLETED' AND line.starts_at >= booking.status_since)
  AND NOT EXISTS (
      SELECT 1 FROM allocation
      WHERE allocation.company_id = line.company_id AND allocation.booking_line_id = line.id
        AND allocation.subject_id = line.staff_id AND allocation.active);

-- rule: an active allocation of a booking line belongs to a blocking booking
SELECT allocation.id FROM allocation
LEFT JOIN booking_line AS line ON line.company_id = allocation.company_id AND line.id = allocation.booking_line_id
LEFT JOIN booking ON booking.company_id = line.company_id AND booking.id = line.booking_id
WHERE allocation.company_id = :company AND allocation.active AND allocation.booking_line_id IS NOT NULL
  AND (booking.id IS NULL OR booking.status IN ('CANCELLED', 'DECLINED', 'NO_SHOW'));

-- rule: seats occupy nothing of their own: their session has the person and the units
SELECT allocation.id FROM allocation
LEFT JOIN booking_line AS line ON line.company_id = allocation.company_id AND line.id = allocation.booking_line_id
LEFT JOIN booking ON booking.company_id = line.company_id AND booking.id = line.booking_id
LEFT JOIN hold ON hold.company_id = allocation.company_id AND hold.id = allocation.hold_id
WHERE allocation.company_id = :company AND allocation.active
  AND (booking.session_id IS NOT NULL OR hold.session_id IS NOT NULL);

-- rule: a session that was not called off has the time of whoever holds it, and one that was has nobody's
SELECT held.id FROM group_session AS held
WHERE held.company_id = :company AND held.staff_id IS NOT NULL AND (held.status <> 'CANCELLED') <> EXISTS (
    SELECT 1 FROM allocation
    WHERE allocation.company_id = held.company_id AND allocation.session_id = held.id
      AND allocation.subject_id = held.staff_id AND allocation.active);

-- rule: an active allocation of a session belongs to one that was not called off
SELECT allocation.id FROM allocation
LEFT JOIN group_session AS held ON held.company_id = allocation.company_id AND held.id = allocation.session_id
WHERE allocation.company_id = :company AND allocation.active AND allocation.session_id IS NOT NULL
  AND (held.id IS NULL OR held.status = 'CANCELLED');

-- rule: the taken seats of a session are those of its bookings and of its holds
SELECT held.id FROM group_session AS held
LEFT JOIN (
    SELECT session_id, SUM(party_size) AS seats FROM booking
    WHERE company_id = :company AND session_id IS NOT NULL
      AND status IN ('PENDING', 'CONFIRMED', 'ARRIVED', 'IN_SERVICE', 'COMPLETED')
    GROUP BY session_id) AS booked ON booked.session_id = held.id
LEFT JOIN (
    SELECT session_id, SUM(seats) AS seats FROM hold
    WHERE company_id = :company AND seats > 0 GROUP BY session_id) AS kept ON kept.session_id = held.id
WHERE held.company_id = :company AND held.taken <> COALESCE(booked.seats, 0) + COALESCE(kept.seats, 0);

-- rule: no more seats of a session are taken than there are, unless somebody forced it
SELECT id FROM group_session WHERE company_id = :company AND taken > capacity AND NOT overfull;

-- rule: a seat that is kept lies in a session that was not called off, at its time and by its person
SELECT booking.id FROM booking
JOIN booking_line AS line ON line.company_id = booking.company_id AND line.booking_id = booking.id
LEFT JOIN group_session AS held ON held.company_id = booking.company_id AND held.id = booking.session_id
WHERE booking.company_id = :company AND booking.session_id IS NOT NULL
  AND booking.status IN ('PENDING', 'CONFIRMED')
  AND (held.id IS NULL OR held.status = 'CANCELLED' OR held.starts_at <> booking.starts_at
       OR held.ends_at <> booking.ends_at OR held.service_id <> line.service_id
       OR COALESCE(held.staff_id, held.id) <> COALESCE(line.staff_id, held.id));

-- rule: whoever was promoted, or took what they were offered, has a booking; whoever is offered something has a hold
SELECT id FROM waitlist_entry
WHERE company_id = :company AND ((status = 'BOOKED' AND booking_id IS NULL) OR (status = 'OFFERED' AND hold_id IS NULL));

-- rule: an active allocation of a hold belongs to a live hold
SELECT allocation.id FROM allocation
LEFT JOIN hold ON hold.company_id = allocation.company_id AND hold.id = allocation.hold_id
WHERE allocation.company_id = :company AND allocation.active AND allocation.hold_id IS NOT NULL
  AND (hold.id IS NULL OR hold.state <> 'LIVE');

-- rule: a hold serves one booking at most
SELECT hold_id AS id FROM booking WHERE company_id = :company AND hold_id IS NOT NULL GROUP BY hold_id HAVING COUNT(*) > 1;

-- rule: a booking of a series belongs to a series of its client, under a date
SELECT booking.id FROM booking
LEFT JOIN booking_series AS series ON series.company_id = booking.company_id AND series.id = booking.series_id
WHERE booking.company_id = :company AND booking.series_id IS NOT NULL
  AND (series.id IS NULL OR series.client_id <> booking.client_id OR booking.series_date IS NULL);

-- rule: a booking has lines, and begins and ends with them
SELECT booking.id FROM booking
LEFT JOIN (
    SELECT booking_id, MIN(starts_at) AS starts_at, MAX(ends_at) AS ends_at
    FROM booking_line WHERE company_id = :company GROUP BY booking_id) AS lines ON lines.booking_id = booking.id
WHERE booking.company_id = :company
  AND (lines.booking_id IS NULL OR lines.starts_at <> booking.starts_at OR lines.ends_at <> booking.ends_at);

-- rule: the total of a booking is the sum of its lines
SELECT booking.id FROM booking
JOIN (
    SELECT booking_id, SUM(price_minor) AS total FROM booking_line WHERE company_id = :company GROUP BY booking_id
) AS lines ON lines.booking_id = booking.id
WHERE booking.company_id = :company AND lines.total <> booking.total_minor;

-- rule: a company has an administrator
SELECT company.id FROM company
WHERE company.id = :company AND NOT EXISTS (
    SELECT 1 FROM membership
    JOIN user_account ON user_account.id = membership.user_id
    WHERE membership.company_id = company.id AND membership.builtin_role = 'administrator'
      AND membership.removed_at IS NULL AND (membership.ends_at IS NULL OR membership.ends_at > :now)
      AND user_account.disabled_at IS NULL);

-- rule: no session of a disabled user lives
SELECT session.id FROM session
JOIN user_account ON user_account.id = session.user_id
WHERE session.company_id = :company AND session.revoked_at IS NULL AND session.expires_at > :now
  AND user_account.disabled_at IS NOT NULL;

-- rule: no session works in a company that its user has left
SELECT session.id FROM session
LEFT JOIN membership ON membership.company_id = session.company_id AND membership.user_id = session.user_id
WHERE session.company_id = :company AND session.revoked_at IS NULL AND session.expires_at > :now
  AND (membership.id IS NULL OR membership.removed_at IS NOT NULL);

-- rule: a lease that ended a day ago was taken up by another worker
SELECT id FROM job
WHERE company_id = :company AND state = 'ready' AND locked_until IS NOT NULL AND locked_until < :yesterday;

-- rule: no job waits for more than a day (does a worker run?)
SELECT id FROM job WHERE company_id = :company AND state = 'ready' AND run_at < :yesterday;

-- rule: no job was given up (see it, mend the cause, run it again)
SELECT id FROM job WHERE company_id = :company AND state = 'dead';

-- rule: no message waits for more than a day
SELECT id FROM message WHERE company_id = :company AND state = 'queued' AND queued_at < :yesterday;

-- rule: row-level security is on and forced for every company table
-- on: postgres
-- of: installation
SELECT pg_class.relname AS name FROM pg_class
JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace
JOIN pg_attribute ON pg_attribute.attrelid = pg_class.oid AND pg_attribute.attname = 'company_id'
WHERE pg_namespace.nspname = 'public' AND pg_class.relkind IN ('r', 'p')
  AND pg_class.relname NOT IN ('role', 'membership', 'session', 'invitation', 'credential')
  AND NOT (pg_class.relrowsecurity AND pg_class.relforcerowsecurity);
