/** The reservation that a message's value is about, wherever its kind has it; undefined where it is about none. */
export function reservationIdOf(value: unknown): string | undefined {
  const { reservationId, data } = value as { reservationId?: unknown; data?: { reservationId?: unknown } };
  const id = reservationId ?? data?.reservationId;
  return typeof id === 'string' ? id : undefined;
}
