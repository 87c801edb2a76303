import type { OutboundMessage } from '@stagedoor/contracts';
import type { UnitOfWork } from '@stagedoor/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConcurrentWriteError, type PaymentTx } from '../../src/application/ports.ts';
import { transfer } from '../../src/domain/ledger.ts';
import { attempt, closeKey, receive, settle } from '../../src/domain/payment.ts';
import { attemptRefund, settleRefund } from '../../src/domain/refund.ts';
import { NOW, paymentOrder, refundOrder, topUpOrder } from '../builders.ts';

/** A database with the app's tables, empty. */
export interface OpenedStores {
  unitOfWork: UnitOfWork<PaymentTx>;
  outbox(): Promise<OutboundMessage[]>;
  close(): Promise<void>;
}

function attempted(reservationId: string, userId: string, key?: string) {
  const order = paymentOrder(reservationId, userId, key === undefined ? {} : { idempotencyKey: key });
  const receipt = receive(order, undefined, undefined, NOW);
  if (receipt.kind !== 'accepted') throw new Error(receipt.kind);
  return attempt(receipt.payment, 'wallet', NOW);
}
const charged = (...args: Parameters<typeof attempted>) =>
  settle(attempted(...args), { status: 'SUCCESS', failReason: null, balance: 7 }, NOW);
const failed = (...args: Parameters<typeof attempted>) =>
  settle(attempted(...args), { status: 'FAILED', failReason: 'WALLET_NOT_FOUND', balance: null }, NOW);
const booking = (userId: string, reference: string, amount = 5) =>
  transfer({ kind: 'TOP_UP', userId, amount, reference, balanceAfter: 5, at: NOW });

/** What every implementation of the stores keeps to. */
export function storeContract(name: string, open: () => Promise<OpenedStores>): void {
  describe(name, () => {
    let stores: OpenedStores;
    beforeAll(async () => {
      stores = await open();
    });
    afterAll(() => stores.close());
    const run = <T>(work: (tx: PaymentTx) => Promise<T>) => stores.unitOfWork.run(work);

    test('a transaction that fails leaves nothing', async () => {
      const work = run(async (tx) => {
        await tx.wallets.insert([{ userId: 'gone', balance: 5 }], NOW);
        await tx.payments.insert([charged('gone', 'gone')]);
        throw new Error('enough');
      });
      await expect(work).rejects.toThrow('enough');
      expect(await run((tx) => tx.wallets.lock(['gone']))).toEqual([]);
      expect(await run((tx) => tx.payments.find(['charge:gone']))).toEqual([]);
    });

    test('wallets: locked in order, written, opened once, never below 0', async () => {
      await run((tx) =>
        tx.wallets.insert(
          [
            { userId: 'w2', balance: 2 },
            { userId: 'w1', balance: 1 },
          ],
          NOW,
        ),
      );
      expect(await run((tx) => tx.wallets.lock(['w3', 'w2', 'w1']))).toEqual([
        { userId: 'w1', balance: 1 },
        { userId: 'w2', balance: 2 },
      ]);
      await run((tx) =>
        tx.wallets.update([
          { userId: 'w2', balance: 0 },
          { userId: 'w1', balance: 8 },
        ]),
      );
      expect(await run((tx) => tx.wallets.lock(['w1', 'w2']))).toEqual([
        { userId: 'w1', balance: 8 },
        { userId: 'w2', balance: 0 },
      ]);
      await expect(run((tx) => tx.wallets.insert([{ userId: 'w1', balance: 1 }], NOW))).rejects.toThrow(
        ConcurrentWriteError,
      );
      await expect(run((tx) => tx.wallets.update([{ userId: 'w1', balance: -1 }]))).rejects.toThrow();
      await expect(run((tx) => tx.wallets.update([{ userId: 'w9', balance: 1 }]))).rejects.toThrow();
      expect(await run((tx) => tx.wallets.lock(['w1']))).toEqual([{ userId: 'w1', balance: 8 }]);
    });

    test('ids that differ in case, accent or width are different fans', async () => {
      const userIds = ['fan-a', 'Fan-A', 'fan-á', 'ｆａｎ-a', '팬-a'];
      await run((tx) =>
        tx.wallets.insert(
          userIds.map((userId, balance) => ({ userId, balance })),
          NOW,
        ),
      );
      for (const [balance, userId] of userIds.entries()) {
        expect(await run((tx) => tx.wallets.lock([userId]))).toEqual([{ userId, balance }]);
      }
    });

    test('transfers: one for each kind and reference, always positive', async () => {
      await run((tx) => tx.transfers.insert([booking('t', 'key:1:t:a'), booking('t', 'key:1:t:A')]));
      await expect(run((tx) => tx.transfers.insert([booking('t', 'key:1:t:a')]))).rejects.toThrow();
      await expect(run((tx) => tx.transfers.insert([booking('t', 'key:1:t:b', 0)]))).rejects.toThrow();
    });

    test('payments are read as they were written, in every state', async () => {
      const payments = [
        attempted('p-attempted', 'p'),
        charged('p-charged', 'p'),
        failed('p-failed', 'p'),
        closeKey({ idempotencyKey: 'charge:p-closed', reservationId: 'p-closed', userId: 'p', amount: 1 }, null, NOW),
      ];
      await run((tx) => tx.payments.insert(payments));
      const keys = payments.map(({ idempotencyKey }) => idempotencyKey);
      expect(await run((tx) => tx.payments.lock([...keys, 'charge:p-none']))).toEqual(
        payments.toSorted((a, b) => (a.idempotencyKey < b.idempotencyKey ? -1 : 1)),
      );
      expect(await run((tx) => tx.payments.find([keys[1] as string]))).toEqual([payments[1]]);
    });

    test('payments: a key once, a reservation claimed once until it is released', async () => {
      await run((tx) => tx.payments.insert([charged('c1', 'c')]));
      await expect(run((tx) => tx.payments.insert([failed('c1', 'c')]))).rejects.toThrow(ConcurrentWriteError);
      await expect(run((tx) => tx.payments.insert([charged('c1', 'c', 'other')]))).rejects.toThrow(
        ConcurrentWriteError,
      );
      await expect(run((tx) => tx.payments.insert([attempted('c1', 'c', 'other')]))).rejects.toThrow(
        ConcurrentWriteError,
      );
      await run((tx) => tx.payments.insert([failed('c1', 'c', 'refused')]));
      expect(await run((tx) => tx.payments.claiming(['c1', 'c2']))).toEqual([charged('c1', 'c')]);
      await run((tx) => tx.payments.release(['charge:c1']));
      expect(await run((tx) => tx.payments.claiming(['c1']))).toEqual([]);
      expect(await run((tx) => tx.payments.find(['charge:c1']))).toEqual([
        { ...charged('c1', 'c'), claimsReservation: false },
      ]);
      await run((tx) => tx.payments.insert([charged('c1', 'c', 'other')]));
    });

    test('payments: attempts get their verdicts, and only attempts do', async () => {
      await run((tx) => tx.payments.insert([attempted('s1', 's'), attempted('s2', 's')]));
      await run((tx) => tx.payments.settle([charged('s1', 's'), failed('s2', 's')]));
      expect(await run((tx) => tx.payments.find(['charge:s1']))).toEqual([charged('s1', 's')]);
      expect(await run((tx) => tx.payments.find(['charge:s2']))).toEqual([failed('s2', 's')]);
      await expect(run((tx) => tx.payments.settle([failed('s1', 's')]))).rejects.toThrow();
      await expect(run((tx) => tx.payments.settle([failed('s3', 's')]))).rejects.toThrow();
      expect(await run((tx) => tx.payments.claiming(['s1', 's2']))).toEqual([charged('s1', 's')]);
    });

    test('refunds are read as they were written, and attempts get their results', async () => {
      const [given, asked] = [refundOrder('r1', 'r'), refundOrder('r2', 'r')];
      const refunded = settleRefund(attemptRefund(given, NOW), 'REFUNDED', 8, NOW);
      const inDoubt = attemptRefund(asked, NOW);
      await run((tx) => tx.refunds.insert([refunded, inDoubt]));
      expect(await run((tx) => tx.refunds.find([given.refundKey]))).toEqual([refunded]);
      expect(await run((tx) => tx.refunds.find([asked.refundKey, 'none']))).toEqual([inDoubt]);
      const settled = settleRefund(inDoubt, 'REFUNDED', null, NOW);
      await run((tx) => tx.refunds.settle([settled]));
      expect(await run((tx) => tx.refunds.find([asked.refundKey]))).toEqual([settled]);
      await expect(run((tx) => tx.refunds.settle([settled]))).rejects.toThrow();
      await expect(run((tx) => tx.refunds.insert([refunded]))).rejects.toThrow();
    });

    test('top-ups: a key once, a reference once', async () => {
      const own = { ...topUpOrder('u', 'k1'), balance: 1, at: NOW };
      const funded = { ...topUpOrder('u', 'k2', { requestedBy: 'bank', reference: 'wire-1' }), balance: 2, at: NOW };
      await run((tx) => tx.topUps.insert([own, funded]));
      expect(await run((tx) => tx.topUps.findByKey([own]))).toEqual([own]);
      expect(await run((tx) => tx.topUps.findByKey([topUpOrder('u', 'K1')]))).toEqual([]);
      expect(await run((tx) => tx.topUps.findByReference(['wire-1', 'wire-2']))).toEqual([funded]);
      await expect(run((tx) => tx.topUps.insert([{ ...own, amount: 9 }]))).rejects.toThrow(ConcurrentWriteError);
      await expect(run((tx) => tx.topUps.insert([{ ...funded, idempotencyKey: 'k3' }]))).rejects.toThrow(
        ConcurrentWriteError,
      );
    });

    test('the longest ids and keys fit', async () => {
      const userId = '이'.repeat(64);
      const key = 'k'.repeat(255);
      const order = topUpOrder(userId, key, { reference: '가'.repeat(255) });
      await run((tx) => tx.topUps.insert([{ ...order, balance: 1, at: NOW }]));
      await run((tx) => tx.transfers.insert([booking(userId, `key:64:${userId}:${key}`)]));
      const refund = refundOrder('이'.repeat(64), userId, { chargeKey: '가'.repeat(255), reason: '왜'.repeat(255) });
      await run((tx) => tx.payments.insert([charged(refund.reservationId, userId, refund.chargeKey)]));
      await run((tx) => tx.refunds.insert([attemptRefund(refund, NOW)]));
      expect(await run((tx) => tx.refunds.find([refund.refundKey]))).toEqual([attemptRefund(refund, NOW)]);
    });

    test('messages leave with the transaction', async () => {
      const message = { topic: 'payment-results', key: 'r', value: '{}', headers: { 'event-id': '1' } };
      await run((tx) => tx.outbox.add([message]));
      await run(async (tx) => {
        await tx.outbox.add([message]);
        throw new Error('enough');
      }).catch(() => {});
      expect(await stores.outbox()).toEqual([message]);
    });

    test('20 workers add to one balance: none of it is lost', async () => {
      await run((tx) => tx.wallets.insert([{ userId: 'race', balance: 0 }], NOW));
      await Promise.all(
        Array.from({ length: 20 }, () =>
          run(async (tx) => {
            const [wallet] = await tx.wallets.lock(['race']);
            await tx.wallets.update([{ userId: 'race', balance: (wallet?.balance ?? 0) + 1 }]);
          }),
        ),
      );
      expect(await run((tx) => tx.wallets.lock(['race']))).toEqual([{ userId: 'race', balance: 20 }]);
    });

    test('20 workers write one key: one does, the others learn that they were late', async () => {
      const written = await Promise.allSettled(
        Array.from({ length: 20 }, () =>
          run(async (tx) => {
            const known = await tx.payments.find(['charge:race']);
            if (known.length === 0) await tx.payments.insert([failed('race', 'race')]);
            return known.length === 0;
          }),
        ),
      );
      expect(written.filter((each) => each.status === 'fulfilled' && each.value)).toHaveLength(1);
      for (const each of written) {
        if (each.status === 'rejected') expect(each.reason).toBeInstanceOf(ConcurrentWriteError);
      }
    });
  });
}
