/** The idempotency key of a reservation's one charge (design §3). */
export const chargeKeyOf = (reservationId: string): string => `charge:${reservationId}`;

/** The idempotency key of a charge's one refund; derived, never chosen, so that every path to a refund meets on it (design §3). */
export const refundKeyOf = (chargeKey: string): string => `refund:${chargeKey}`;
