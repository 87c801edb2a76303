import { type OutboundMessage, refundKeyOf } from '@stagedoor/contracts';
import { type UnitOfWork, uuidv7Ids } from '@stagedoor/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expireOverdue, takeRequests, takeResults } from '../../src/application/decide-batch.ts';
import type { ResultTx } from '../../src/application/ports.ts';
import { requestArrived, resultArrived } from '../../src/domain/decide.ts';
import { openPayment, type Payment, unknownPayment } from '../../src/domain/payment.ts';
import { aFailure, anOrder, aSuccess, later, NOW } from '../builders.ts';
import { silentMetrics } from '../silent-metrics.ts';
import { deadLetterContract } from './dead-letter-contract.ts';

/** A database with the app's tables, empty. */
export interface OpenedStores {
  unitOfWork: UnitOfWork<ResultTx>;
  outbox(): Promise<OutboundMessage[]>;
  close(): Promise<void>;
}

const WORKERS = 20;
const RACES = 50;

/** What every implementation of the stores keeps to. */
export function storeContract(name: string, open: () => Promise<OpenedStores>): void {
  describe(name, () => {
    let stores: OpenedStores;
    beforeAll(async () => {
      stores = await open();
    });
    afterAll(() => stores.close());

    const run = <T>(work: (tx: ResultTx) => Promise<T>) => stores.unitOfWork.run(work);
    const locked = async (id: string): Promise<Payment | undefined> =>
      (await run((tx) => tx.payments.lock([id], NOW)))[0];
    const save = (
      before: Payment,
      { payment, refunds }: Pick<ReturnType<typeof resultArrived>, 'payment' | 'refunds'>,
    ) => run((tx) => tx.payments.save([{ before, after: payment, refunds }], NOW));
    const deps = { clock: { now: () => NOW, sleep: async () => {} }, ids: uuidv7Ids, metrics: silentMetrics };

    test('a transaction that fails leaves nothing', async () => {
      const work = run(async (tx) => {
        await tx.payments.open([anOrder('gone')], NOW);
        await tx.outbox.add([{ topic: 't', key: 'k', value: 'v', headers: {} }]);
        throw new Error('enough');
      });
      await expect(work).rejects.toThrow('enough');
      expect(await run((tx) => tx.payments.lockUndecided(['gone']))).toEqual([]);
      expect(await stores.outbox()).toEqual([]);
    });

    test('after a commit, and only then, callbacks are called', async () => {
      const calls: string[] = [];
      await run(async (tx) => tx.afterCommit(() => calls.push('committed')));
      await run(async (tx) => {
        tx.afterCommit(() => calls.push('never'));
        throw new Error('enough');
      }).catch(() => {});
      expect(calls).toEqual(['committed']);
    });

    test('open: makes what is not known, answers what is, in the order of ids', async () => {
      expect(await run((tx) => tx.payments.open([anOrder('o2'), anOrder('o1')], NOW))).toEqual([]);
      const known = await run((tx) =>
        tx.payments.open([anOrder('o3'), anOrder('o2', { amount: 5 }), anOrder('o1', { chargeKey: 'k' })], NOW),
      );
      expect(known).toEqual([openPayment(anOrder('o1')), openPayment(anOrder('o2'))]);
      expect(await locked('o3')).toEqual(openPayment(anOrder('o3')));
    });

    test('lock: makes what is not known, which open then answers', async () => {
      expect(await run((tx) => tx.payments.lock(['l2', 'l1'], NOW))).toHaveLength(2);
      await run((tx) => tx.payments.open([anOrder('l3')], NOW));
      const all = await run((tx) => tx.payments.lock(['l3', 'l1'], NOW));
      expect(all.toSorted((a, b) => (a.reservationId < b.reservationId ? -1 : 1))).toEqual([
        unknownPayment('l1'),
        openPayment(anOrder('l3')),
      ]);
      expect(await run((tx) => tx.payments.open([anOrder('l1'), anOrder('l9')], NOW))).toEqual([unknownPayment('l1')]);
    });

    test('lockUndecided: neither the decided nor the unknown', async () => {
      await run((tx) => tx.payments.open([anOrder('u1'), anOrder('u2')], NOW));
      await run((tx) => tx.payments.lock(['u3'], NOW));
      const payment = openPayment(anOrder('u1'));
      await save(payment, resultArrived(payment, aSuccess('u1'), NOW));
      expect(await run((tx) => tx.payments.lockUndecided(['u4', 'u3', 'u2', 'u1']))).toEqual([
        openPayment(anOrder('u2')),
      ]);
    });

    test('text is kept byte for byte', async () => {
      const ids = ['b-Fan', 'b-fan', 'b-fán', 'b-끝😀'];
      await run((tx) =>
        tx.payments.open(
          ids.map((id) => anOrder(id, { userId: id })),
          NOW,
        ),
      );
      for (const id of ids) expect((await locked(id))?.order).toEqual(anOrder(id, { userId: id }));
    });

    test('save: decisions of every kind, and a decided row is not decided again', async () => {
      const results = [
        aSuccess('s1'),
        aSuccess('s2', { chargeKey: 'other' }),
        aFailure('s3', 'DECLINED'),
        aFailure('s4', 'DEADLINE_EXCEEDED'),
        aSuccess('s5'),
        aFailure('s6', 'ALREADY_CHARGED'),
      ];
      await run((tx) =>
        tx.payments.open(
          results.map(({ reservationId }) => anOrder(reservationId)),
          NOW,
        ),
      );
      const changes = results.map((result) => {
        const before = openPayment(anOrder(result.reservationId));
        return { before, after: resultArrived(before, result, later(123)).payment, refunds: [] };
      });
      await run((tx) => tx.payments.save(changes, later(123)));
      for (const { after } of changes) expect(await locked(after.reservationId)).toEqual(after);
      await expect(run((tx) => tx.payments.save(changes.slice(0, 1), later(456)))).rejects.toThrow();
    });

    test('save: results that came early, until their request comes', async () => {
      const first = aFailure('e1', 'DECLINED');
      const kept = resultArrived(unknownPayment('e1'), first, NOW);
      await run((tx) => tx.payments.lock(['e1', 'e2'], NOW));
      await save(unknownPayment('e1'), kept);
      expect(await locked('e1')).toEqual(kept.payment);
      // A success replaces the failure under its key; one without a key stands beside it.
      const more = [aSuccess('e1'), aSuccess('e1', { chargeKey: null, amount: null })];
      let payment = kept.payment;
      for (const result of more) {
        const verdict = resultArrived(payment, result, NOW);
        await save(payment, verdict);
        payment = verdict.payment;
      }
      const found = (await locked('e1')) as Payment;
      expect(found.kept).toHaveLength(2);
      expect(found.kept).toEqual(expect.arrayContaining(more));
      const decided = requestArrived(found, anOrder('e1'), later(5));
      await save(found, decided);
      expect(await locked('e1')).toEqual(decided.payment);
      expect(decided.payment.decision?.outcome).toBe('CONFIRMED');
    });

    test('save: a request that came after results which do not decide leaves the payment pending', async () => {
      const before = resultArrived(unknownPayment('p1'), aFailure('p1', 'DECLINED', { chargeKey: 'other' }), NOW);
      await run((tx) => tx.payments.lock(['p1'], NOW));
      await save(unknownPayment('p1'), before);
      const verdict = requestArrived(before.payment, anOrder('p1'), NOW);
      await save(before.payment, verdict);
      expect(await run((tx) => tx.payments.lockUndecided(['p1']))).toEqual([openPayment(anOrder('p1'))]);
    });

    test('save: refunds are remembered, and their results noted once', async () => {
      await run((tx) => tx.payments.open([anOrder('f1')], NOW));
      let payment = openPayment(anOrder('f1'));
      for (const result of [
        aFailure('f1'),
        aSuccess('f1', { chargeKey: 'f1-k2' }),
        aSuccess('f1', { chargeKey: 'f1-k3' }),
      ]) {
        const verdict = resultArrived(payment, result, NOW);
        await save(payment, verdict);
        payment = verdict.payment;
      }
      expect((await locked('f1'))?.refunded).toEqual(new Set(['f1-k2', 'f1-k3']));
      const report = {
        refundKey: refundKeyOf('f1-k4'),
        chargeKey: 'f1-k4',
        reservationId: 'f1',
        userId: 'fan-1',
        status: 'REFUNDED' as const,
        processedAt: NOW,
      };
      await run((tx) =>
        tx.refunds.report([report, { ...report, refundKey: refundKeyOf('f1-k2'), chargeKey: 'f1-k2' }]),
      );
      // What others asked for is no refund of ours.
      expect((await locked('f1'))?.refunded).toEqual(new Set(['f1-k2', 'f1-k3']));
    });

    test(`race: ${WORKERS} workers bring the request, results and the deadline of one reservation, ${RACES} times`, async () => {
      for (let race = 0; race < RACES; race++) {
        const id = `race-${race}`;
        const told = (await stores.outbox()).length;
        const order = anOrder(id);
        const k2 = `${id}-k2`;
        await Promise.all(
          Array.from({ length: WORKERS }, (_, worker) =>
            run((tx) => {
              if (worker % 4 === 0) return takeRequests([order, anOrder(`${id}-${worker}`)], tx, deps);
              if (worker % 4 === 1) return takeResults([aSuccess(id), aSuccess(`${id}-${worker - 1}`)], tx, deps);
              if (worker % 4 === 2)
                return takeResults([aSuccess(`${id}-x`), aSuccess(id, { chargeKey: k2 })], tx, deps);
              return expireOverdue([id], later(900_000), tx, deps);
            }),
          ),
        );
        const { decision, order: known, kept, refunded } = (await locked(id)) as Payment;
        expect(known).toEqual(order);
        expect(kept).toEqual([]);
        expect(decision).not.toBeNull();
        // Every charge that is not the deciding one was given back, once; an expired one by its own key as well.
        const charged = [order.chargeKey, k2];
        const deciding = decision?.outcome === 'CONFIRMED' ? [decision.chargeKey] : [];
        expect([...refunded].sort()).toEqual(charged.filter((key) => !deciding.includes(key)).sort());
        const mine = (await stores.outbox()).slice(told).filter(({ value }) => JSON.parse(value).reservationId === id);
        const refunds = mine
          .filter(({ topic }) => topic === 'refund-requests')
          .map(({ value }) => JSON.parse(value).chargeKey);
        expect(refunds.toSorted()).toEqual([...refunded].sort());
        const outcomes = mine.filter(({ topic }) => topic === 'reservation-outcomes').map(({ value }) => value);
        expect(new Set(outcomes).size).toBe(1);
        // A result alone, a request alone, and pairs that met in either order.
        expect((await locked(`${id}-x`))?.kept).toHaveLength(1);
        for (let worker = 0; worker < WORKERS; worker += 4) {
          expect((await locked(`${id}-${worker}`))?.decision?.outcome).toBe('CONFIRMED');
        }
      }
    }, 120_000);

    deadLetterContract(() => stores);
  });
}
