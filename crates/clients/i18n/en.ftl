TOO_MANY_PINNED = At most { $max } notes of a client can be pinned. Unpin one first.
