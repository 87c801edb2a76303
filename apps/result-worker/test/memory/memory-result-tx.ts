import { refundKeyOf } from '@stagedoor/contracts';
import type { PaymentStore, ResultTx } from '../../src/application/ports.ts';
import type { DeadLetter } from '../../src/domain/dead-letter.ts';
import { openPayment, type Payment, unknownPayment } from '../../src/domain/payment.ts';
import type { MemoryTables } from './memory-database.ts';

const placeOf = ({ topic, partition, offset, group }: DeadLetter): string =>
  [topic, partition, offset, group].join(' ');

/** The stores over one transaction's tables, with the unique keys and checks of the real ones. */
export function memoryResultTx(tables: MemoryTables, afterCommit: (callback: () => void) => void): ResultTx {
  const { refunds, deadLetters, actions, outbox } = tables;
  return {
    payments: memoryPayments(tables),
    refunds: {
      async report(reports) {
        for (const { refundKey, chargeKey, reservationId, userId, status, processedAt } of reports) {
          const known = refunds.get(refundKey);
          if (known !== undefined && known.status !== 'REQUESTED') continue;
          const unknown = {
            refundKey,
            chargeKey,
            reservationId,
            userId,
            amount: null,
            reason: null,
            requestedAt: null,
          };
          refunds.set(refundKey, { ...(known ?? unknown), status, processedAt });
        }
      },
    },
    deadLetters: {
      async add(letters) {
        const places = new Set([...deadLetters.values()].map(placeOf));
        let added = 0;
        for (const letter of letters) {
          if (places.has(placeOf(letter))) continue;
          places.add(placeOf(letter));
          deadLetters.set(letter.id, letter);
          added++;
        }
        return added;
      },
      lock: async (id) => deadLetters.get(id) ?? null,
      async resolve(action) {
        const letter = deadLetters.get(action.deadLetterId);
        if (letter?.status !== 'NEW') throw new Error(`dead letter ${action.deadLetterId} was not new`);
        deadLetters.set(letter.id, { ...letter, status: action.action });
        actions.push(action);
      },
    },
    outbox: {
      async add(messages) {
        outbox.push(...messages);
      },
    },
    afterCommit,
  };
}

function memoryPayments({ payments, refunds }: MemoryTables): PaymentStore {
  const inOrder = (ids: readonly string[]): Payment[] =>
    [...ids]
      .sort()
      .map((id) => payments.get(id))
      .filter((found) => found !== undefined);
  return {
    async open(orders) {
      const known = inOrder(orders.map(({ reservationId }) => reservationId));
      for (const order of orders) {
        if (!payments.has(order.reservationId)) payments.set(order.reservationId, openPayment(order));
      }
      return known;
    },
    async lock(ids) {
      for (const id of ids) if (!payments.has(id)) payments.set(id, unknownPayment(id));
      return inOrder(ids);
    },
    lockUndecided: async (ids) => inOrder(ids).filter(({ order, decision }) => order !== null && decision === null),
    async save(changes, now) {
      for (const { before, after, refunds: asked } of changes) {
        if (payments.get(before.reservationId) !== before && before.decision !== after.decision) {
          const row = payments.get(before.reservationId);
          if (row === undefined || row.decision !== null) throw new Error(`${before.reservationId} was not pending`);
        }
        payments.set(after.reservationId, after);
        for (const { chargeKey, userId, amount, reason } of asked) {
          const refundKey = refundKeyOf(chargeKey);
          const reservationId = refunds.get(refundKey)?.reservationId ?? after.reservationId;
          const known = refunds.get(refundKey);
          const state = { status: known?.status ?? ('REQUESTED' as const), processedAt: known?.processedAt ?? null };
          refunds.set(refundKey, {
            ...{ refundKey, chargeKey, reservationId, userId, amount, reason, requestedAt: now },
            ...state,
          });
        }
      }
    },
  };
}
