-- What occupies the people and rooms of a month: the rows that availability reads.
SELECT subject_kind, subject_id, lane, busy_from, busy_to, expires_at, hold_id, booking_line_id, session_id
FROM allocation
WHERE company_id = :company::uuid AND active AND subject_id = ANY (string_to_array(:subjects, ',')::uuid[])
  AND busy_from < :to::timestamptz AND busy_to > :from::timestamptz
  AND (expires_at IS NULL OR expires_at > now())
ORDER BY subject_id, lane, busy_from;
