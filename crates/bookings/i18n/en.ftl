# Why something about a booking was refused.
SLOT_TAKEN = This time has just been taken.
NOT_COVERED = This time cannot be asked about.
NOT_ON_GRID = Visits do not start at this minute here.
TOO_SOON = This is too soon: choose a later time.
BEYOND_HORIZON = This date is too far ahead.
OUTSIDE_OPENING_HOURS = The visit does not fit into opening hours.
LOCATION_CLOSED = The location is closed at this time.
STAFF_NOT_EMPLOYED = This staff member does not work here on that day.
STAFF_NOT_QUALIFIED = Nobody who was asked for does this service.
OUTSIDE_WORKING_HOURS = The visit does not fit into the staff member's working hours.
STAFF_TIME_OFF = The staff member is away at this time.
STAFF_IMPORTED_BUSY = The staff member is busy at this time, as another calendar of theirs says.
NO_RESOURCE = The location does not have what this service needs.
RESOURCE_MAINTENANCE = What this service needs is under maintenance at this time.
SERVICE_NOT_BOOKABLE = This service takes place at set hours only.
SERVICE_NOT_OFFERED = This service is not offered at this location.
NO_LINE_BEFORE = The first service has none before it to start together with.
TOO_MANY_TOGETHER = At most { $max } services may start together.
STAFF_TWICE_AT_ONCE = This person cannot serve that many at once: choose somebody else, or one after another.
ADD_ON_NOT_OFFERED = This add-on does not belong to the service.
RESOURCE_NOT_NEEDED = The service does not need this.
STAFF_NOT_NEEDED = This service needs no staff member.
VISIT_TOO_LONG = The whole visit may not take longer than a day.
RULE_NOT_OVERRIDABLE = This rule cannot be set aside.
CLIENT_AMBIGUOUS = Give either a client or contact details.
CLIENT_BLOCKED = This client cannot book. Please call the company.
SLOT_AMBIGUOUS = Give either a hold or a time with services.
HOLD_ENDED = The time is no longer held. Please choose again.
HOLD_LIMIT = At most { $max } times can be held at once.
WRONG_STATUS = The booking's state does not allow this.
NO_SHOW_TOO_EARLY = The client may still come: wait a few minutes after the start.
NO_SHOW_TOO_LATE = A no-show can be taken back within 24 hours only.
NOTHING_TO_CHANGE = Nothing was asked to change.
RECURRENCE_UNREADABLE = The rule of repetition cannot be read.
RECURRENCE_UNSUPPORTED = A part of the rule is not supported: visits repeat by days, weeks, months and years.
RECURRENCE_ENDLESS = The repetition must end: give a number of visits or a last date.
RECURRENCE_TOO_LONG = At most { $max } visits within { $months } months can be repeated at once.
RECURRENCE_EMPTY = The repetition gives no date.
SERVICE_NOT_FOR_GROUPS = This service is not one for groups.
SESSION_FULL = { $left ->
    [0] There are no seats left.
    [one] Only one seat is left.
   *[other] Only { $left } seats are left.
}
SESSION_NOT_OPEN = This session was cancelled or is over.
SESSION_NOT_BEGUN = This session has not begun yet.
SEATS_TAKEN = { $taken } seats are taken already. Name fewer only if that is meant.
BOOKED_IN_SESSION = This booking belongs to a session. Move it to another session.
NOT_A_SEAT = This booking does not belong to a session.
OTHER_SERVICE = That session is of another service.
WAITLIST_CLOSED = The waiting list of this session is closed.
SEATS_FREE = There are seats left: book them now.
ALREADY_WAITING = This client is on the waiting list already.
ENTRY_AMBIGUOUS = Give either the entry or its token.
DATES_TAKEN = { $dates ->
    [one] One date cannot be had.
   *[other] { $dates } dates cannot be had.
}
HOLD_ALREADY_EXTENDED = A hold can be extended only once.
NOT_AWAITED = The booking does not wait for this.
CANCEL_TOO_LATE = By its terms the visit can no longer be called off. Please call the company.
RESCHEDULE_TOO_LATE = By its terms the visit can no longer be moved. Please call the company.
RESCHEDULE_LIMIT = The visit has been moved as often as its terms allow.
SERIES_CONFLICT = Not every date is possible.
NOT_IN_SERIES = This does not repeat.
OTHER_LOCATION = The two visits are at different locations.
STAFF_DAY_FULL = The staff member takes no further visit on this day.
SERVICE_DAY_FULL = The service is fully booked on this day.
CLIENT_DAY_FULL = The client has as many visits on this day as allowed.
CLIENT_LIMIT = The client has as many visits to come as allowed.
FIRST_VISIT_ONLY = This service is for a first visit only.
