import { ConcurrentWriteError, type PaymentTx } from '../../src/application/ports.ts';
import { requestKeyOf } from '../../src/domain/top-up.ts';
import type { MemoryTables } from './memory-database.ts';

/** The stores over one transaction's tables, with the unique keys and checks of the real ones. */
export function memoryPaymentTx(tables: MemoryTables): PaymentTx {
  const { wallets, transfers, payments, refunds, topUps, outbox } = tables;

  const paymentsUnder = (keys: readonly string[]) =>
    keys.map((key) => payments.get(key)).filter((found) => found !== undefined);
  const writeBalance = (userId: string, balance: number) => {
    if (balance < 0) throw new Error(`the wallet of ${userId} below 0`);
    wallets.set(userId, balance);
  };

  return {
    wallets: {
      async lock(userIds) {
        return [...userIds]
          .sort()
          .filter((userId) => wallets.has(userId))
          .map((userId) => ({ userId, balance: wallets.get(userId) as number }));
      },
      async insert(added) {
        for (const { userId, balance } of added) {
          if (wallets.has(userId)) throw new ConcurrentWriteError(userId);
          writeBalance(userId, balance);
        }
      },
      async update(written) {
        for (const { userId, balance } of written) {
          if (!wallets.has(userId)) throw new Error(`no wallet of ${userId}`);
          writeBalance(userId, balance);
        }
      },
    },
    transfers: {
      async insert(added) {
        for (const transfer of added) {
          if (!(transfer.amount > 0)) throw new Error(`a transfer of ${transfer.amount}`);
          const key = `${transfer.kind} ${transfer.reference}`;
          if (transfers.has(key)) throw new Error(`${key} booked twice`);
          transfers.set(key, transfer);
        }
      },
    },
    payments: {
      find: async (keys) => paymentsUnder(keys),
      lock: async (keys) => paymentsUnder([...keys].sort()),
      async claiming(reservationIds) {
        return [...payments.values()].filter(
          ({ claimsReservation, reservationId }) => claimsReservation && reservationIds.includes(reservationId),
        );
      },
      async insert(added) {
        for (const payment of added) {
          const claimed = [...payments.values()].some(
            ({ claimsReservation, reservationId }) => claimsReservation && reservationId === payment.reservationId,
          );
          if (payments.has(payment.idempotencyKey) || (payment.claimsReservation && claimed)) {
            throw new ConcurrentWriteError(payment.idempotencyKey);
          }
          payments.set(payment.idempotencyKey, payment);
        }
      },
      async settle(settled) {
        for (const payment of settled) {
          if (payments.get(payment.idempotencyKey)?.state !== 'ATTEMPTED') throw new Error('not attempted');
          payments.set(payment.idempotencyKey, payment);
        }
      },
      async release(keys) {
        for (const key of keys) {
          const payment = payments.get(key);
          if (payment === undefined) throw new Error(`no payment ${key}`);
          payments.set(key, { ...payment, claimsReservation: false } as typeof payment);
        }
      },
    },
    refunds: {
      find: async (keys) => keys.map((key) => refunds.get(key)).filter((found) => found !== undefined),
      async insert(added) {
        for (const refund of added) {
          if (refunds.has(refund.refundKey)) throw new Error(`${refund.refundKey} written twice`);
          refunds.set(refund.refundKey, refund);
        }
      },
      async settle(settled) {
        for (const refund of settled) {
          if (refunds.get(refund.refundKey)?.state !== 'ATTEMPTED') throw new Error('not attempted');
          refunds.set(refund.refundKey, refund);
        }
      },
    },
    topUps: {
      findByKey: async (orders) =>
        [...new Set(orders.map(requestKeyOf))].map((key) => topUps.get(key)).filter((found) => found !== undefined),
      findByReference: async (references) =>
        [...topUps.values()].filter(({ reference }) => reference !== null && references.includes(reference)),
      async insert(added) {
        for (const topUp of added) {
          const referenceUsed =
            topUp.reference !== null && [...topUps.values()].some(({ reference }) => reference === topUp.reference);
          if (topUps.has(requestKeyOf(topUp)) || referenceUsed) throw new ConcurrentWriteError(requestKeyOf(topUp));
          topUps.set(requestKeyOf(topUp), topUp);
        }
      },
    },
    outbox: {
      async add(messages) {
        outbox.push(...messages);
      },
    },
  };
}
