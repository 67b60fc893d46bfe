-- The rows of the week page in one join.
SELECT b.id, b.reference, b.version, b.status, b.starts_at, b.ends_at, b.local_date, b.channel, b.client_note, b.total_minor, b.currency,
       b.zone, o.id, o.name, c.id, c.name, c.phones, l.id, l.starts_at, l.ends_at, s.id, s.name_uk, s.color, m.id, m.name
FROM booking b
JOIN booking_line l ON l.company_id = b.company_id AND l.booking_id = b.id
JOIN client c ON c.company_id = b.company_id AND c.id = b.client_id
JOIN location o ON o.company_id = b.company_id AND o.id = b.location_id
JOIN service s ON s.company_id = l.company_id AND s.id = l.service_id
JOIN staff_member m ON m.company_id = l.company_id AND m.id = l.staff_id
WHERE b.company_id = :company::uuid AND l.staff_id = :staff::uuid
  AND b.status IN ('PENDING', 'CONFIRMED', 'ARRIVED', 'IN_SERVICE', 'COMPLETED')
  AND b.starts_at >= :from::timestamptz AND b.starts_at < :to::timestamptz
ORDER BY b.starts_at, b.id, l.position;
