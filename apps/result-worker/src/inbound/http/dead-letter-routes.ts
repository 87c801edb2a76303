import { decodeCursor, encodeCursor, type HttpServer, Problem, problemResponses } from '@stagedoor/platform';
import { z } from 'zod';
import type { DeadLetters } from '../../application/dead-letters.ts';
import type { DryRun, DryRuns } from '../../application/dry-runs.ts';
import { paymentStatus } from '../../application/payment-timeline.ts';
import type { DeadLetterReader } from '../../application/ports.ts';
import {
  actionsBody,
  actionsQuery,
  discardBody,
  dryRunBody,
  idParameters,
  LISTED_VALUE_BYTES,
  listBody,
  listQuery,
  replayBody,
  resolvedBody,
  shown,
  shownAction,
  shownDeadLetterBody,
} from './dead-letter-schemas.ts';

/** What the dead-letter routes call. */
export interface DeadLetterRoutesOptions {
  deadLetters: Pick<DeadLetters, 'replay' | 'discard'>;
  dryRuns: Pick<DryRuns, 'of'>;
  letters: DeadLetterReader;
}

const cursorSchema = z.string().max(64);

/** The dead-letter API (design §6). */
export function deadLetterRoutes(server: HttpServer, { deadLetters, dryRuns, letters }: DeadLetterRoutesOptions): void {
  const onRequest = server.requireRole('admin');
  const tags = ['dead letters'];

  server.get(
    '/v1/admin/dead-letters',
    {
      onRequest,
      schema: {
        summary: 'Messages that could not be processed',
        description: 'Newest first. Needs the role `admin`.',
        tags,
        querystring: listQuery,
        response: { 200: listBody },
      },
    },
    async ({ query: { limit, cursor, ...filter } }) => {
      const before = decodeCursor(cursor, cursorSchema);
      // One more than is shown tells whether there is a next page.
      const found = await letters.list({ ...filter, limit: limit + 1, before });
      return page(found, limit, (letter) => shown(letter, LISTED_VALUE_BYTES));
    },
  );

  server.get(
    '/v1/admin/dead-letters/actions',
    {
      onRequest,
      schema: {
        summary: 'Who replayed or discarded what, and why',
        description: 'The audit of all dead letters, newest first. Needs the role `admin`.',
        tags,
        querystring: actionsQuery,
        response: { 200: actionsBody },
      },
    },
    async ({ query: { limit, cursor, actor } }) => {
      const before = decodeCursor(cursor, cursorSchema);
      return page(await letters.actions({ actor, limit: limit + 1, before }), limit, shownAction);
    },
  );

  server.get(
    '/v1/admin/dead-letters/:id',
    {
      onRequest,
      schema: {
        summary: 'One dead letter, and what was done about it',
        tags,
        params: idParameters,
        response: { 200: shownDeadLetterBody, ...problemResponses('NOT_FOUND') },
      },
    },
    async ({ params: { id } }) => {
      const found = await letters.find(id);
      if (found === null) throw new Problem('NOT_FOUND');
      return { ...shown(found.letter), actions: found.actions.map(shownAction) };
    },
  );

  server.post(
    '/v1/admin/dead-letters/:id/replay',
    {
      onRequest,
      schema: {
        summary: 'Send a dead letter back to where it came from',
        description:
          'To its original topic, with its own key, headers and event id, or with a repaired value. A message comes back ' +
          'as a new dead letter if it fails again, at most three times. With `dryRun` nothing is sent: the answer says ' +
          'what would be, or why not.',
        tags,
        params: idParameters,
        body: replayBody,
        response: {
          200: dryRunBody.describe('Of a dry run'),
          202: resolvedBody.describe('It is on its way'),
          ...problemResponses('NOT_FOUND', 'ALREADY_RESOLVED', 'REPLAY_LIMIT_REACHED'),
        },
      },
    },
    async ({ params: { id }, body: { reason, value, valueEncoding, dryRun }, identity }, reply) => {
      const repaired = value === undefined ? null : Buffer.from(value, valueEncoding);
      if (dryRun) {
        const found = await dryRuns.of(id, repaired);
        if (found.kind === 'not-found') throw new Problem('NOT_FOUND');
        return reply.code(200).send({ id, ...dryRunOf(found) });
      }
      const verdict = await deadLetters.replay({ id, actor: identity.userId, reason }, repaired);
      if (verdict.kind === 'not-found') throw new Problem('NOT_FOUND');
      if (verdict.kind === 'rejected') {
        throw verdict.reason === 'VALIDATION_FAILED'
          ? new Problem('VALIDATION_FAILED', `it would be dead-lettered again: ${verdict.detail}`)
          : new Problem(verdict.reason);
      }
      return reply.code(202).send({ id, status: 'REPLAYED' as const });
    },
  );

  server.post(
    '/v1/admin/dead-letters/:id/discard',
    {
      onRequest,
      schema: {
        summary: 'Put a dead letter away for good',
        tags,
        params: idParameters,
        body: discardBody,
        response: { 202: resolvedBody, ...problemResponses('NOT_FOUND', 'ALREADY_RESOLVED') },
      },
    },
    async ({ params: { id }, body: { reason }, identity }, reply) => {
      const verdict = await deadLetters.discard({ id, actor: identity.userId, reason });
      if (verdict.kind === 'not-found') throw new Problem('NOT_FOUND');
      if (verdict.kind === 'rejected') throw new Problem(verdict.reason);
      return reply.code(202).send({ id, status: 'DISCARDED' as const });
    },
  );
}

/** What was found with a limit of one more than is shown, as a page. */
function page<Found extends { id: string }, Item>(found: Found[], limit: number, show: (one: Found) => Item) {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return {
    items: items.map(show),
    nextCursor: found.length > limit && last !== undefined ? encodeCursor(last.id) : null,
  };
}

function dryRunOf(dryRun: DryRun): Omit<z.output<typeof dryRunBody>, 'id'> {
  if (dryRun.kind === 'refused') {
    const { verdict } = dryRun;
    const detail = 'detail' in verdict ? verdict.detail : null;
    const nothing = { message: null, partition: null, payment: null, forecast: null };
    return { wouldReplay: false, code: verdict.reason, detail, ...nothing };
  }
  const { message, partition, reservationId, payment, forecast } = dryRun;
  return {
    wouldReplay: true,
    code: null,
    detail: null,
    message,
    partition,
    payment:
      reservationId === null
        ? null
        : {
            reservationId,
            status: payment === null ? 'UNKNOWN' : paymentStatus(payment),
            deadline: payment?.order?.deadline.toISOString() ?? null,
            decidedKey: payment?.decision?.chargeKey ?? null,
          },
    forecast,
  };
}
