import { decodeCursor, encodeCursor, type HttpServer, Problem, problemResponses } from '@stagedoor/platform';
import { z } from 'zod';
import type { DeadLetters } from '../../application/dead-letters.ts';
import type { DeadLetterReader } from '../../application/ports.ts';
import type { ReplayVerdict } from '../../domain/replay.ts';
import {
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
  deadLetters: Pick<DeadLetters, 'replay' | 'dryRun' | 'discard'>;
  letters: DeadLetterReader;
}

const cursorSchema = z.string().max(64);

/** The dead-letter API (design §6). */
export function deadLetterRoutes(server: HttpServer, { deadLetters, letters }: DeadLetterRoutesOptions): void {
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
    async ({ query: { topic, status, limit, cursor } }) => {
      const before = decodeCursor(cursor, cursorSchema);
      // One more than is shown tells whether there is a next page.
      const found = await letters.list({ topic, status, limit: limit + 1, before });
      const items = found.slice(0, limit).map((letter) => shown(letter, LISTED_VALUE_BYTES));
      const last = items.at(-1);
      return { items, nextCursor: found.length > limit && last !== undefined ? encodeCursor(last.id) : null };
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
    async ({ params: { id }, body: { reason, value = null, dryRun }, identity }, reply) => {
      if (dryRun) {
        const verdict = await deadLetters.dryRun(id, value);
        if (verdict.kind === 'not-found') throw new Problem('NOT_FOUND');
        return reply.code(200).send({ id, ...dryRunOf(verdict) });
      }
      const verdict = await deadLetters.replay({ id, actor: identity.userId, reason }, value);
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

function dryRunOf(verdict: ReplayVerdict): Omit<z.output<typeof dryRunBody>, 'id'> {
  if (verdict.kind === 'replayed') return { wouldReplay: true, code: null, detail: null, message: verdict.message };
  const detail = 'detail' in verdict ? verdict.detail : null;
  return { wouldReplay: false, code: verdict.reason, detail, message: null };
}
