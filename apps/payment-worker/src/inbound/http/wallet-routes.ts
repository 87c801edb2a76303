import {
  decodeCursor,
  encodeCursor,
  type HttpServer,
  type Identity,
  idempotencyHeaders,
  idempotencyKey,
  Problem,
  pageQuery,
  problemResponses,
} from '@stagedoor/platform';
import { z } from 'zod';
import type { PaymentService } from '../../application/payment-service.ts';
import type { WalletReader } from '../../application/ports.ts';
import type { TopUpOrder } from '../../domain/top-up.ts';
import { entriesBody, topUpBody, walletBody } from './wallet-schemas.ts';

/** What the wallet routes call, and what they are told by the configuration. */
export interface WalletRoutesOptions {
  payments: Pick<PaymentService, 'topUp'>;
  wallets: WalletReader;
  /** Whether fans may top up their own wallets: AUTH_MODE=dev. */
  fansTopUp: boolean;
  topUpMaxWon: number;
}

const cursorSchema = z.number().int().positive();

/** The wallet API (design §6). */
export function walletRoutes(server: HttpServer, options: WalletRoutesOptions): void {
  const { payments, wallets, fansTopUp, topUpMaxWon } = options;

  server.get(
    '/v1/wallet',
    {
      onRequest: server.requireFan,
      schema: {
        summary: "The fan's balance",
        tags: ['wallet'],
        response: { 200: walletBody },
      },
    },
    async ({ identity: { userId } }) => ({ userId, balance: await wallets.balanceOf(userId) }),
  );

  server.post(
    '/v1/wallet/charges',
    {
      onRequest: server.requireFan,
      schema: {
        summary: 'Top up a wallet',
        description:
          'Puts money into a wallet, once for each Idempotency-Key: the same request again gets the same answer. ' +
          'Fans top up their own wallets only with AUTH_MODE=dev. Otherwise the role `funding` does, naming whose wallet ' +
          'it is and the outside payment (`reference`), which is used once, whoever names it.',
        tags: ['wallet'],
        headers: idempotencyHeaders,
        body: topUpBody(topUpMaxWon),
        response: {
          201: walletBody,
          ...problemResponses('IDEMPOTENCY_KEY_REQUIRED', 'FORBIDDEN', 'REFERENCE_IN_USE', 'IDEMPOTENCY_KEY_REUSED'),
        },
      },
    },
    async (request, reply) => {
      const key = idempotencyKey(request);
      const verdict = await payments.topUp(topUpOrderOf(request.identity, key, request.body, fansTopUp));
      if (verdict.kind === 'keyReused') throw new Problem('IDEMPOTENCY_KEY_REUSED');
      if (verdict.kind === 'referenceInUse') throw new Problem('REFERENCE_IN_USE');
      return reply.code(201).send({ userId: verdict.topUp.userId, balance: verdict.topUp.balance });
    },
  );

  server.get(
    '/v1/wallet/entries',
    {
      onRequest: server.requireFan,
      schema: {
        summary: "The fan's statement",
        description: 'Everything that moved money in or out of the wallet, newest first.',
        tags: ['wallet'],
        querystring: pageQuery,
        response: { 200: entriesBody },
      },
    },
    async ({ identity: { userId }, query: { limit, cursor } }) => {
      // One more than is shown tells whether there is a next page.
      const entries = await wallets.entriesOf(userId, {
        limit: limit + 1,
        before: decodeCursor(cursor, cursorSchema),
      });
      const items = entries.slice(0, limit).map((entry) => ({ ...entry, at: entry.at.toISOString() }));
      const last = items.at(-1);
      return { items, nextCursor: entries.length > limit && last !== undefined ? encodeCursor(last.id) : null };
    },
  );
}

/** @throws Problem FORBIDDEN */
function topUpOrderOf(
  requester: Identity,
  idempotencyKey: string,
  { amount, userId, reference }: z.output<ReturnType<typeof topUpBody>>,
  fansTopUp: boolean,
): TopUpOrder {
  const requestedBy = requester.userId;
  if (userId !== undefined && reference !== undefined) {
    if (!requester.roles.includes('funding')) throw new Problem('FORBIDDEN', 'the role funding is needed for this');
    return { requestedBy, idempotencyKey, userId, amount, reference };
  }
  if (!fansTopUp) throw new Problem('FORBIDDEN', 'fans do not top up their own wallets here');
  return { requestedBy, idempotencyKey, userId: requestedBy, amount, reference: null };
}
