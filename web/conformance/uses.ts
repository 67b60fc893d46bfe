// How a program uses the generated types: this file has to compile, with no cast and no `any`.
import type { BookMutation, BookMutationVariables, CalendarWeekQuery, FreeTimesQuery } from './generated/operations.js';

/** Variables of a booking, from a free time. */
export function visit(slots: FreeTimesQuery, serviceId: string, locationId: string): BookMutationVariables | undefined {
  const first = slots.availability?.slots[0];
  if (!first) return undefined;
  const staffId = first.staffIds[0] ?? null;
  return {
    input: {
      locationId,
      startsAt: first.startsAt,
      lines: [{ serviceId, staffId }],
      client: { name: 'Оксана', phone: '+380501234567' },
      idempotencyKey: crypto.randomUUID(),
    },
  };
}

/** What a person is told: the reference, or what to mend. A mutation's field may be null when the server failed. */
export function told(answer: BookMutation): string {
  const payload = answer.bookingCreate;
  if (!payload) return 'Try again';
  return payload.booking?.reference ?? payload.userErrors.map((error) => error.message).join(' ');
}

/** Amounts are numbers that lose nothing. */
export function revenue(week: CalendarWeekQuery): number {
  return week.calendar?.bookings.reduce((sum, booking) => sum + booking.total.amountMinor, 0) ?? 0;
}

declare const crypto: { randomUUID(): string };
