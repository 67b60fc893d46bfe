# Codes that every domain needs. A domain may word one of them in its own way.
REQUIRED = This is required.
TOO_SHORT = At least { $min } are needed.
TOO_LONG = At most { $max } are allowed.
INVALID = This is not valid.
OUT_OF_RANGE = This is outside the allowed range.
DUPLICATE = This is here twice.
TAKEN = This is already taken.
ARCHIVED = This is archived and can only be read.
IN_USE = Other things depend on this.
LIMIT_REACHED = The limit is reached: { $max }.
VERSION_CONFLICT = Somebody changed this in the meantime. Look at the current state and try again.
IDEMPOTENCY_KEY_REUSED = This idempotency key was used with other input.
IN_PROGRESS = The same request is still running. Try again in a moment.

# Top-level errors.
NOT_FOUND = There is no such thing.
UNAUTHENTICATED = Log in first.
FORBIDDEN = { $permission ->
    [company_selection] Select a company first.
    [cookie_origin] Pages of this origin may not use cookies.
   *[other] You may not do this: { $permission } is needed.
}
RATE_LIMITED =
    Too many requests. Try again in { $seconds ->
        [one] { $seconds } second
       *[other] { $seconds } seconds
    }.
UNAVAILABLE = The service is not available at the moment. Try again in a moment.
INVALID_ARGUMENT = The argument { $argument } is not valid.
INTERNAL = Something went wrong on our side. Request { $request }.
TOO_DEEP = The operation is too deep; at most { $max } levels are allowed.
TOO_HIGH = The document has fragments and fields inside one another in more than { $max } levels.
TOO_COMPLEX = The operation may cost { $count }; at most { $max } is allowed. Ask for fewer fields, smaller pages or shorter lists.
TOO_MANY_OPERATIONS = The document has { $count } operations; at most { $max } are allowed.
TOO_MANY_FRAGMENTS = The document has { $count } fragments; at most { $max } are allowed.
TOO_MANY_ROOTS = The operation has { $count } root fields; at most { $max } are allowed.
TOO_MANY_ALIASES = The operation has { $count } aliases; at most { $max } are allowed.
TOO_MANY_REPEATS = A field or fragment is { $count } times in one selection; at most { $max } are allowed.
TOO_MANY_DIRECTIVES = The operation has { $count } directives; at most { $max } are allowed.
TOO_MANY_DIRECTIVES_AT_A_PLACE = There are { $count } directives at one place; at most { $max } are allowed.
INTROSPECTION_TOO_DEEP = Introspection is nested too deeply.
