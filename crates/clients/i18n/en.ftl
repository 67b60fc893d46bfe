TOO_MANY_PINNED = At most { $max } notes of a client can be pinned. Unpin one first.
CODE_INVALID = The code is not right, or not valid any more. Check the digits or ask for a new one.
