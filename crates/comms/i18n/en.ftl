# The words of letters. Names come as values and never become markup.
weekday = { $day ->
    [1] Monday
    [2] Tuesday
    [3] Wednesday
    [4] Thursday
    [5] Friday
    [6] Saturday
   *[7] Sunday
}
month = { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
}
day = { $weekday }, { $day } { $month } { $year }
span = { $day }, { $from }–{ $to }
span-overnight = { $day }, { $from } – { $until-day }, { $to }

label-when = When
label-service = Service
label-staff = With
label-where = Where
label-phone = Phone
label-price = Price
label-reference = Reference
label-was = It was
label-also = And on

greeting = Hello { $name },
footer-company = { $company }. This letter was sent automatically because a visit was booked with this address.
footer-product = Zapys. If this wasn't you, simply ignore this letter.

booking-received-subject = Your booking request: { $day }
booking-received-heading = We have your request
booking-received-text = { $company } still has to confirm this time. We will write as soon as that happens.

booking-confirmed-subject = Booking confirmed: { $day }, { $from }
booking-confirmed-heading = Your booking is confirmed
booking-confirmed-text = { $company } is looking forward to seeing you. An entry for your calendar is attached.

booking-moved-subject = Booking moved: { $day }, { $from }
booking-moved-heading = Your booking was moved
booking-moved-text = The time of your visit has changed. The attachment brings your calendar up to date.
booking-moved-pending-text = The time of your request has changed. { $company } still has to confirm it.

booking-cancelled-subject = Booking cancelled: { $day }, { $from }
booking-cancelled-heading = Your booking was cancelled
booking-cancelled-text = This visit was cancelled and its time is free again.

booking-declined-subject = Booking not confirmed: { $day }, { $from }
booking-declined-heading = Your booking was not confirmed
booking-declined-text = Unfortunately { $company } cannot take you at this time. Please choose another one.

slot-offered-subject = A time is free: { $day }, { $from }
slot-offered-heading = A time is free for you
slot-offered-text = A time that you waited for at { $company } is free again, and you are the first to be asked.
slot-offered-until = It is held for you until { $until }: book it on the page on which you joined the waiting list, or call us. After that it goes to the next.

client-code-subject = Your code for { $company }
client-code-heading = Your code
client-code-digits = Code: { $code }
client-code-text = Enter it on the page where you asked for it, to see and change your visits at { $company }. It works once, for 10 minutes. Nobody of { $company } will ever ask you for it. If you did not ask for a code, simply ignore this letter.
client-code-footer = { $company }. This letter was sent automatically because a code was asked for with this address.

booking-manage-action = See, move or cancel this visit
booking-manage-first-action = See, move or cancel the first of these visits

email-verification-subject = Confirm your e-mail address
email-verification-heading = Confirm your e-mail address
email-verification-text = To use Zapys, please confirm that this address is yours: open the link and enter the password you chose. If you did not register, leave this letter unanswered.
email-verification-action = Confirm the address

password-reset-subject = A new password
password-reset-heading = A new password
password-reset-text = Somebody asked to change the password of your account. The link works once.
password-reset-action = Set a new password

registration-repeated-subject = You already have an account
registration-repeated-heading = You already have an account
registration-repeated-text = Somebody, perhaps you, tried to register with this address again. Just log in; if you forgot the password, ask for a new one.

password-changed-subject = Your password was changed
password-changed-heading = Your password was changed
password-changed-text = The password of your account was just changed. If it wasn't you, ask for a new one at once.

invitation-subject = { $company } invites you to Zapys
invitation-heading = An invitation from { $company }
invitation-text = You were invited to work with { $company }. The link works once, for 7 days.
invitation-action = Accept the invitation
