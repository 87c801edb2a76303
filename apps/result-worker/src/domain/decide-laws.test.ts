import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aFailure, anOrder, aSuccess, later, NOW } from '../../test/builders.ts';
import { deadlinePassed, requestArrived, resultArrived, type Verdict } from './decide.ts';
import type { ChargeResult, PaymentOrder } from './payment.ts';
import { unknownPayment } from './payment.ts';

type Command =
  | { type: 'request'; order: PaymentOrder }
  | { type: 'result'; result: ChargeResult }
  | { type: 'deadline' };

const key = fc.constantFrom('charge:r1', 'k2', 'k3');
const request = fc
  .record({ chargeKey: key, amount: fc.constantFrom(100, 200) })
  .map((given): Command => ({ type: 'request', order: anOrder('r1', given) }));
const result = fc
  .record({
    chargeKey: fc.oneof({ weight: 4, arbitrary: key }, { weight: 1, arbitrary: fc.constant(null) }),
    amount: fc.constantFrom(100, 200, null),
    userId: fc.constantFrom('fan-1', 'fan-1', 'fan-1', 'fan-2'),
    failReason: fc.constantFrom(null, null, 'DECLINED', 'DEADLINE_EXCEEDED', 'ALREADY_CHARGED', 'IDEMPOTENCY_CONFLICT'),
  } as const)
  .map(
    ({ failReason, ...given }): Command => ({
      type: 'result',
      result: failReason === null ? aSuccess('r1', given) : aFailure('r1', failReason, given),
    }),
  );
const commands = fc
  .array(fc.oneof(request, { weight: 3, arbitrary: result }, fc.constant<Command>({ type: 'deadline' })), {
    minLength: 1,
    maxLength: 14,
  })
  .chain((some) => fc.tuple(fc.constant(some), fc.shuffledSubarray(some)))
  // Some come twice.
  .map(([some, again]) => [...some, ...again]);

/** All verdicts, and the payment after each. */
function play(given: readonly Command[]): Verdict[] {
  let payment = unknownPayment('r1');
  return given.map((command, step) => {
    const now = later(step * 1000);
    const verdict =
      command.type === 'request'
        ? requestArrived(payment, command.order, now)
        : command.type === 'result'
          ? resultArrived(payment, command.result, now)
          : deadlinePassed(payment, later(10_000_000), now);
    payment = verdict.payment;
    return verdict;
  });
}

const check = (law: (verdicts: Verdict[], given: Command[]) => void): void =>
  fc.assert(
    fc.property(commands, (given) => law(play(given), given)),
    { numRuns: 2_000 },
  );

test('there is one decision: once taken it never changes, and is told the same however often', () => {
  check((verdicts) => {
    const taken = verdicts.map(({ payment }) => payment.decision).filter((decision) => decision !== null);
    for (const decision of taken) expect(decision).toBe(taken[0]);
    for (const { outcome } of verdicts) if (outcome !== null) expect(outcome.decision).toEqual(taken[0]);
    expect(verdicts.filter(({ kind }) => ['confirmed', 'payment-failed', 'expired'].includes(kind)).length).toBe(
      taken.length > 0 ? 1 : 0,
    );
  });
});

test('the first request is what was asked for, from then on', () => {
  check((verdicts, given) => {
    const first = given.find((command) => command.type === 'request');
    const seen = verdicts.map(({ payment }) => payment.order).filter((order) => order !== null);
    for (const order of seen) expect(order).toEqual(first?.order);
  });
});

test('no charge is given back twice, and never the one that confirmed', () => {
  check((verdicts) => {
    const keys = verdicts.flatMap(({ refunds }) => refunds.map(({ chargeKey }) => chargeKey));
    expect(new Set(keys).size).toBe(keys.length);
    const { decision, refunded } = verdicts.at(-1)?.payment ?? unknownPayment('r1');
    expect([...refunded].sort()).toEqual(keys.toSorted());
    if (decision?.outcome === 'CONFIRMED') expect(keys).not.toContain(decision.chargeKey);
  });
});

test('once the request is known, every charge that succeeded confirmed it, or is given back', () => {
  check((verdicts, given) => {
    const { order, decision, refunded } = verdicts.at(-1)?.payment ?? unknownPayment('r1');
    if (order === null) return;
    for (const command of given) {
      if (command.type !== 'result' || command.result.status !== 'SUCCESS') continue;
      const chargeKey = command.result.chargeKey ?? order.chargeKey;
      const decides = decision?.outcome === 'CONFIRMED' && decision.chargeKey === chargeKey;
      expect(decides || refunded.has(chargeKey)).toBe(true);
    }
  });
});

test('until the request is known nothing is decided or told, and every success is kept', () => {
  check((verdicts, given) => {
    const unknown = verdicts.findLast(({ payment }) => payment.order === null);
    for (const { payment, outcome, refunds } of verdicts) {
      if (payment.order === null) expect({ outcome, refunds }).toEqual({ outcome: null, refunds: [] });
    }
    const seen = given.slice(0, unknown === undefined ? 0 : verdicts.indexOf(unknown) + 1);
    for (const command of seen) {
      if (command.type !== 'result' || command.result.status !== 'SUCCESS') continue;
      const keys = unknown?.payment.kept.filter(({ status }) => status === 'SUCCESS').map(({ chargeKey }) => chargeKey);
      expect(keys).toContain(command.result.chargeKey);
    }
  });
});

test('CONFIRMED only ever for what was asked for: a success of that fan and amount', () => {
  check((verdicts, given) => {
    const { decision, order } = verdicts.at(-1)?.payment ?? unknownPayment('r1');
    if (decision?.outcome !== 'CONFIRMED') return;
    const fitting = given.some(
      (command) =>
        command.type === 'result' &&
        command.result.status === 'SUCCESS' &&
        (command.result.chargeKey ?? order?.chargeKey) === decision.chargeKey &&
        command.result.userId === order?.userId &&
        [null, order?.amount].includes(command.result.amount),
    );
    expect(fitting).toBe(true);
  });
});

test('a pending payment is always decided by its deadline', () => {
  check((verdicts) => {
    const { payment } = verdicts.at(-1) as Verdict;
    const after = deadlinePassed(payment, later(10_000_000), NOW).payment;
    expect(after.decision === null).toBe(payment.order === null);
  });
});
