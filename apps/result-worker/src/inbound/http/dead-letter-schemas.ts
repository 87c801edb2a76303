import { strictTimestampSchema } from '@stagedoor/contracts';
import { pageQuery } from '@stagedoor/platform';
import { z } from 'zod';
import { type DeadLetter, type DeadLetterAction, textOf } from '../../domain/dead-letter.ts';

/** In a list a value is cut here, in bytes; alone it is shown whole. */
export const LISTED_VALUE_BYTES = 16_384;

const status = z.enum(['NEW', 'REPLAYED', 'DISCARDED']);

const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

export const listQuery = pageQuery.extend({
  topic: z.string().max(249).optional().describe('Only of this original topic'),
  status: status.optional().describe('Only with this status'),
  errorCode: z.string().min(1).max(64).optional().describe('Only with this error code'),
  since: moment.optional().describe('Only those that failed at this moment or later, ISO 8601'),
  until: moment.optional().describe('Only those that failed before this moment, ISO 8601'),
});

export const actionsQuery = pageQuery.extend({
  actor: z.string().min(1).max(64).optional().describe('Only what this user did'),
});

export const idParameters = z.object({
  // The column is ascii: the database would not compare it with anything else, but fail.
  id: z
    .string()
    .regex(/^[!-~]{1,64}$/, 'is not an id')
    .describe('Of the dead letter'),
});

const reason = z.string().trim().min(1).max(500).describe('Why; kept with who it was');

export const replayBody = z
  .object({
    reason,
    value: z.string().max(60_000).optional().describe('Sent instead of the original value'),
    valueEncoding: z.enum(['utf8', 'hex']).default('utf8').describe('How `value` is written'),
    dryRun: z.boolean().default(false).describe('Only say what a replay would do'),
  })
  .refine(({ value, valueEncoding }) => valueEncoding === 'utf8' || /^([0-9a-f]{2})*$/i.test(value ?? ''), {
    path: ['value'],
    message: 'is not hexadecimal',
  });

export const discardBody = z.object({ reason });

const bytes = z.string().nullable();

export const deadLetterBody = z
  .object({
    id: z.string(),
    topic: z.string().describe('The topic that it was on'),
    partition: z.number().int(),
    offset: z.string().describe('A decimal number, as text: it may be larger than JSON numbers are exact'),
    group: z.string().describe('The consumer group that could not process it'),
    key: bytes.describe('As text, or in hexadecimal where it is none'),
    value: bytes.describe('As valueEncoding says'),
    valueEncoding: z.enum(['utf8', 'hex']),
    valueBytes: z.number().int().describe('Size of the whole value'),
    headers: z.record(z.string(), z.string()).describe('Text as it is, anything else in hexadecimal after `hex:`'),
    error: z.object({ code: z.string(), message: z.string() }),
    attempts: z.number().int().describe('How often it was tried'),
    replayCount: z.number().int().describe('How often it had been replayed when it came here'),
    status,
    failedAt: strictTimestampSchema,
  })
  .describe('A message that could not be processed');

const actionBody = z.object({
  id: z.string(),
  deadLetterId: z.string(),
  action: z.enum(['REPLAYED', 'DISCARDED']),
  actor: z.string().describe('Who did it'),
  reason: z.string().describe('Why'),
  value: z.string().nullable().describe('What was sent instead of the original; null where that was'),
  at: strictTimestampSchema,
});

export const shownDeadLetterBody = deadLetterBody.extend({
  actions: z.array(actionBody).describe('What was done about it, oldest first'),
});

export const actionsBody = z.object({
  items: z.array(actionBody),
  nextCursor: z.string().nullable().describe('The cursor of the next page; null on the last'),
});

export const listBody = z.object({
  items: z.array(deadLetterBody).describe(`Values longer than ${LISTED_VALUE_BYTES} bytes are cut`),
  nextCursor: z.string().nullable().describe('The cursor of the next page; null on the last'),
});

const sentMessage = z.object({
  topic: z.string(),
  key: z.string(),
  value: z.string(),
  headers: z.record(z.string(), z.string()),
});

export const dryRunBody = z.object({
  id: z.string(),
  wouldReplay: z.boolean(),
  code: z
    .enum(['ALREADY_RESOLVED', 'REPLAY_LIMIT_REACHED', 'VALIDATION_FAILED'])
    .nullable()
    .describe('Why it would be refused'),
  detail: z.string().nullable(),
  message: sentMessage.nullable().describe('What would be sent'),
  partition: z.number().int().nullable().describe('Where it would go; null while Kafka cannot be asked'),
  payment: z
    .object({
      reservationId: z.string(),
      status: z.enum(['UNKNOWN', 'AWAITING_REQUEST', 'PENDING', 'CONFIRMED', 'PAYMENT_FAILED', 'EXPIRED']),
      deadline: strictTimestampSchema.nullable(),
      decidedKey: z.string().nullable().describe('The charge key that decided'),
    })
    .nullable()
    .describe('The state of the payment that it is about; null where it is about none'),
  forecast: z.string().nullable().describe('What it is expected to do when it arrives, in words'),
});

export const resolvedBody = z.object({ id: z.string(), status: z.enum(['REPLAYED', 'DISCARDED']) });

/** A dead letter as the API shows it; a value longer than `maxValueBytes` is cut. */
export function shown(letter: DeadLetter, maxValueBytes = Number.POSITIVE_INFINITY): z.output<typeof deadLetterBody> {
  const { id, topic, partition, offset, group, key, value, error, attempts, replayCount, status, failedAt } = letter;
  const text = value === null ? null : textOf(value);
  const part = value?.subarray(0, maxValueBytes) ?? null;
  return {
    id,
    topic,
    partition,
    offset: String(offset),
    group,
    key: key === null ? null : (textOf(key) ?? key.toString('hex')),
    value: part === null ? null : part.toString(text === null ? 'hex' : 'utf8'),
    valueEncoding: value !== null && text === null ? 'hex' : 'utf8',
    valueBytes: value?.length ?? 0,
    headers: Object.fromEntries(
      Object.entries(letter.headers).map(([name, header]) => [
        name,
        'utf8' in header ? header.utf8 : `hex:${header.hex}`,
      ]),
    ),
    error,
    attempts,
    replayCount,
    status,
    failedAt: failedAt.toISOString(),
  };
}

/** What was done about a dead letter, as the API shows it. */
export const shownAction = (action: DeadLetterAction): z.output<typeof actionBody> => ({
  ...action,
  at: action.at.toISOString(),
});
