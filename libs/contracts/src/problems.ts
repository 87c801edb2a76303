/**
 * Every `code` of an error answer (RFC 9457, design §6): stable, for programs. `title` is for people and may change.
 */
export const problems = {
  VALIDATION_FAILED: { status: 400, title: 'The request is not valid' },
  IDEMPOTENCY_KEY_REQUIRED: {
    status: 400,
    title: 'An Idempotency-Key header is required',
  },
  UNAUTHENTICATED: { status: 401, title: 'A valid token is required' },
  FORBIDDEN: { status: 403, title: 'You may not do this' },
  ADMISSION_REQUIRED: {
    status: 403,
    title: 'An admission token for this schedule is required',
  },
  NOT_FOUND: { status: 404, title: 'There is no such thing' },
  NOT_IN_QUEUE: { status: 404, title: 'You are not in this waiting room' },
  SEAT_NOT_FOUND: { status: 404, title: 'There is no such seat' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'This method is not allowed here' },
  REQUEST_TIMEOUT: { status: 408, title: 'The request came too slowly' },
  QUEUE_CLOSED: { status: 409, title: 'This waiting room is closed' },
  SEAT_TAKEN: { status: 409, title: 'The seat is taken' },
  HOLD_LIMIT_REACHED: {
    status: 409,
    title: 'You have as many seats as one fan may have',
  },
  HOLD_EXPIRED: { status: 409, title: 'The hold has expired' },
  SALES_CLOSED: { status: 409, title: 'Seats are not on sale' },
  PAYMENT_ALREADY_REQUESTED: {
    status: 409,
    title: 'The payment was requested before',
  },
  PAYMENT_IN_PROGRESS: { status: 409, title: 'The payment is in progress' },
  NOT_CANCELLABLE: {
    status: 409,
    title: 'This reservation can not be cancelled',
  },
  IDEMPOTENCY_KEY_IN_USE: {
    status: 409,
    title: 'A request with this Idempotency-Key is still running',
  },
  REFERENCE_IN_USE: { status: 409, title: 'This reference was used before' },
  ALREADY_RESOLVED: { status: 409, title: 'It was resolved before' },
  REPLAY_LIMIT_REACHED: {
    status: 409,
    title: 'This message was replayed as often as one may',
  },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The request is too large' },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'The body must be application/json',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    title: 'This Idempotency-Key was used for another request',
  },
  RATE_LIMITED: { status: 429, title: 'Too many requests' },
  INTERNAL_ERROR: { status: 500, title: 'Something went wrong here' },
  UNAVAILABLE: { status: 503, title: 'Not available right now' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof problems;

/** The body of every error answer: `application/problem+json`. */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  code: ProblemCode;
  detail?: string;
  /** What is wrong where, for `VALIDATION_FAILED`. */
  errors?: { path: string; message: string }[];
}
