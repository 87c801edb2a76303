import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConcurrentWriteError, type PaymentTx } from '../../src/application/ports.ts';
import { attempt, receive, settle } from '../../src/domain/payment.ts';
import { NOW, paymentOrder } from '../builders.ts';
import type { OpenedStores } from './contract.ts';

class Undo extends Error {}

function failed(reservationId: string, idempotencyKey: string) {
  const receipt = receive(paymentOrder(reservationId, 'fan', { idempotencyKey }), undefined, undefined, NOW);
  if (receipt.kind !== 'accepted') throw new Error(receipt.kind);
  return settle(receipt.payment, { status: 'FAILED', failReason: 'WALLET_NOT_FOUND', balance: null }, NOW);
}

function attempted(reservationId: string, idempotencyKey: string) {
  const receipt = receive(paymentOrder(reservationId, 'fan', { idempotencyKey }), undefined, undefined, NOW);
  if (receipt.kind !== 'accepted') throw new Error(receipt.kind);
  return attempt(receipt.payment, 'wallet', NOW);
}

/** A transaction that does its steps when it is told to. */
function opened(stores: OpenedStores) {
  const steps: (() => Promise<void>)[] = [];
  let arrived = Promise.withResolvers<void>();
  const take = async (): Promise<() => Promise<void>> => {
    for (;;) {
      const step = steps.shift();
      if (step !== undefined) return step;
      await arrived.promise;
      arrived = Promise.withResolvers();
    }
  };
  let current: PaymentTx;
  let isOver = false;
  const outcome = stores.unitOfWork.run(async (tx) => {
    current = tx;
    while (!isOver) await (await take())();
  });
  // Whoever waits for the step that failed is told of it there.
  outcome.catch(() => {});
  const step = <T>(work: (tx: PaymentTx) => Promise<T>): Promise<T> => {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    steps.push(() =>
      work(current).then(resolve, (error) => {
        reject(error);
        throw error;
      }),
    );
    arrived.resolve();
    return promise;
  };
  return {
    step,
    async commit(): Promise<void> {
      isOver = true;
      void step(async () => {});
      await outcome;
    },
    async undo(): Promise<void> {
      const [undone, ended] = await Promise.allSettled([step(() => Promise.reject(new Undo())), outcome]);
      expect([undone, ended].map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    },
    outcome,
  };
}

/** How transactions meet that are open at the same time: READ COMMITTED with row locks, on whatever stores. */
export function interleavingContract(name: string, open: () => Promise<OpenedStores>): void {
  describe(name, () => {
    let stores: OpenedStores;
    beforeAll(async () => {
      stores = await open();
    });
    afterAll(() => stores.close());
    const run = <T>(work: (tx: PaymentTx) => Promise<T>) => stores.unitOfWork.run(work);
    const balanceOf = async (userId: string) => (await run((tx) => tx.wallets.lock([userId])))[0]?.balance;

    test('what is not committed is not seen, what is committed is seen by the next statement', async () => {
      const [reader, writer] = [opened(stores), opened(stores)];
      const look = () => reader.step((tx) => tx.payments.find(['seen']));
      await writer.step((tx) => tx.payments.insert([failed('seen', 'seen')]));
      expect(await look()).toEqual([]);
      await writer.commit();
      expect(await look()).toHaveLength(1);
      await reader.commit();
    });

    test('a locked row is read by others, and locked by them only after the commit, as it is then', async () => {
      await run((tx) => tx.payments.insert([attempted('held', 'held')]));
      const [first, second, reader] = [opened(stores), opened(stores), opened(stores)];
      const [payment] = await first.step((tx) => tx.payments.lock(['held']));
      let wasCommitted = false;
      const waiting = second.step(async (tx) => {
        const [locked] = await tx.payments.lock(['held']);
        return { state: locked?.state, wasCommitted };
      });
      expect(await reader.step((tx) => tx.payments.find(['held']))).toEqual([payment]);
      await reader.commit();
      const verdict = { status: 'FAILED', failReason: 'DECLINED', balance: null } as const;
      await first.step((tx) => tx.payments.settle([settle(attempted('held', 'held'), verdict, NOW)]));
      wasCommitted = true;
      await first.commit();
      expect(await waiting).toEqual({ state: 'SETTLED', wasCommitted: true });
      await second.commit();
    });

    test('what is not there cannot be locked: two that look for it both find nothing', async () => {
      const [one, other] = [opened(stores), opened(stores)];
      expect(await one.step((tx) => tx.payments.lock(['gap']))).toEqual([]);
      expect(await other.step((tx) => tx.payments.lock(['gap']))).toEqual([]);
      await Promise.all([one.commit(), other.commit()]);
    });

    test.each([
      ['a primary key', failed('p', 'same'), failed('q', 'same')],
      ['a unique key', attempted('same', 'p'), attempted('same', 'q')],
    ])('who writes %s that another is writing waits for what becomes of it', async (kind, mine, others) => {
      const key = (payment: typeof mine, round: string) => ({
        ...payment,
        idempotencyKey: `${kind} ${round} ${payment.idempotencyKey}`,
        reservationId: `${kind.length} ${round} ${payment.reservationId}`,
      });
      const [keeper, loser] = [opened(stores), opened(stores)];
      await keeper.step((tx) => tx.payments.insert([key(mine, 'kept')]));
      const late = loser.step((tx) => tx.payments.insert([key(others, 'kept')]));
      const outcomes = Promise.allSettled([late, loser.outcome]);
      await keeper.commit();
      for (const each of await outcomes) {
        expect(each).toMatchObject({ status: 'rejected', reason: expect.any(ConcurrentWriteError) });
      }
      const [quitter, winner] = [opened(stores), opened(stores)];
      await quitter.step((tx) => tx.payments.insert([key(mine, 'undone')]));
      const written = winner.step((tx) => tx.payments.insert([key(others, 'undone')]));
      await quitter.undo();
      await written;
      await winner.commit();
      const found = await run((tx) => tx.payments.find([key(others, 'undone').idempotencyKey]));
      expect(found).toEqual([key(others, 'undone')]);
    });

    test('two that lock each other out: one is the victim, does it all again, and nothing is lost', async () => {
      const wallets = [
        { userId: 'd1', balance: 0 },
        { userId: 'd2', balance: 0 },
      ];
      await run((tx) => tx.wallets.insert(wallets, NOW));
      const meeting = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
      let attempts = 0;
      const raise = async (tx: PaymentTx, userId: string) => {
        const [wallet] = await tx.wallets.lock([userId]);
        await tx.wallets.update([{ userId, balance: (wallet?.balance ?? 0) + 1 }]);
      };
      const both = (first: string, second: string, me: 0 | 1) =>
        run(async (tx) => {
          attempts++;
          await raise(tx, first);
          meeting[me].resolve();
          await meeting[me === 0 ? 1 : 0].promise;
          await raise(tx, second);
        });
      await Promise.all([both('d1', 'd2', 0), both('d2', 'd1', 1)]);
      expect([await balanceOf('d1'), await balanceOf('d2')]).toEqual([2, 2]);
      expect(attempts).toBe(3);
    });
  });
}
