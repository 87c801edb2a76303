import type { ChargeResult, Decision, Outcome, Payment, PaymentOrder, Refund, RefundReason } from './payment.ts';

/** What a command came to. */
export type VerdictKind =
  /** The request is known now, and nothing decided yet. */
  | 'requested'
  | 'confirmed'
  | 'payment-failed'
  | 'expired'
  /** A result without a request: kept until that comes. */
  | 'kept'
  /** A charge that is not the deciding one: its refund was asked for. */
  | 'refund-asked'
  /** A request for a decided payment: its outcome is told again. */
  | 'outcome-repeated'
  /** It was applied before. */
  | 'already-applied'
  /** It changes nothing, now and ever. */
  | 'ignored';

/** What a command came to, what is known after it, and what others have to be told. */
export interface Verdict {
  kind: VerdictKind;
  payment: Payment;
  /** The outcome to tell, once or again. */
  outcome: { order: PaymentOrder; decision: Decision } | null;
  /** Refunds to ask for; none of them was asked for before. */
  refunds: readonly Refund[];
}

/**
 * A request came (design §4.4). The first one is what the fan was asked for; one for a decided payment is answered with
 * its outcome again, whatever key it came under. Results that were kept for it are looked at now, in this order: a
 * success under the request's own key, successes under others, failures. So a fan who was charged gets the seat.
 */
export function requestArrived(payment: Payment, order: PaymentOrder, now: Date): Verdict {
  if (payment.decision !== null && payment.order !== null) {
    return {
      ...unchanged('outcome-repeated', payment),
      outcome: { order: payment.order, decision: payment.decision },
    };
  }
  if (payment.order !== null) return unchanged('already-applied', payment);
  const rank = (result: ChargeResult): number => {
    if (result.status === 'FAILED') return 2;
    return keyOf(result, order) === order.chargeKey ? 0 : 1;
  };
  const opened: Verdict = unchanged('requested', { ...payment, order, kept: [] });
  return payment.kept
    .toSorted((one, other) => rank(one) - rank(other))
    .reduce((before, result) => followedBy(before, resultArrived(before.payment, result, now)), opened);
}

/**
 * A result came (design §4.4). Whatever the clock says, a success that finds the payment undecided confirms it, and one
 * that does not decide is refunded, once. Two things are narrower than the design's words, because a decision cannot be
 * taken back:
 *
 * - A success of another fan or another amount than was asked for confirms nothing: the reservation service would have to
 *   refuse it, and its reservation would wait for ever. It is refunded, and the payment stays open until its deadline.
 * - A failure decides only under the key that was asked for: what failed under another says nothing about that charge.
 */
export function resultArrived(payment: Payment, result: ChargeResult, now: Date): Verdict {
  const { order, decision } = payment;
  if (order === null) return keep(payment, result);
  const chargeKey = keyOf(result, order);
  if (result.status === 'FAILED') {
    if (decision !== null || decidesNothing(result) || chargeKey !== order.chargeKey)
      return unchanged('ignored', payment);
    const outcome = result.failReason === 'DEADLINE_EXCEEDED' ? 'EXPIRED' : 'PAYMENT_FAILED';
    return decided(payment, order, { outcome, reason: result.failReason, chargeKey, decidedAt: now });
  }
  if (decision?.outcome === 'CONFIRMED' && decision.chargeKey === chargeKey)
    return unchanged('already-applied', payment);
  if (payment.refunded.has(chargeKey)) return unchanged('already-applied', payment);
  if (decision === null && fits(result, order)) {
    return decided(payment, order, { outcome: 'CONFIRMED', reason: null, chargeKey, decidedAt: now });
  }
  return refundAsked(unchanged('refund-asked', payment), {
    chargeKey,
    userId: result.userId,
    amount: result.amount ?? order.amount,
    reason: reasonFor(decision),
  });
}

/**
 * No result came (design §4.4, "Expiry"). `resultsReadUpTo` is a moment up to which every result that was written is known
 * to be processed: only a deadline before it has passed without a result. Whatever was or will be charged is given back.
 */
export function deadlinePassed(payment: Payment, resultsReadUpTo: Date, now: Date): Verdict {
  const { order, decision } = payment;
  if (order === null || decision !== null || order.deadline >= resultsReadUpTo) return unchanged('ignored', payment);
  const { chargeKey, userId, amount } = order;
  const expired = decided(payment, order, { outcome: 'EXPIRED', reason: 'NO_RESULT', chargeKey, decidedAt: now });
  if (payment.refunded.has(chargeKey)) return expired;
  return refundAsked(expired, { chargeKey, userId, amount, reason: 'PAYMENT_EXPIRED' });
}

const unchanged = (kind: VerdictKind, payment: Payment): Verdict => ({ kind, payment, outcome: null, refunds: [] });

const verdictOf: Record<Outcome, VerdictKind> = {
  CONFIRMED: 'confirmed',
  PAYMENT_FAILED: 'payment-failed',
  EXPIRED: 'expired',
};

function decided(payment: Payment, order: PaymentOrder, decision: Decision): Verdict {
  return {
    kind: verdictOf[decision.outcome],
    payment: { ...payment, decision },
    outcome: { order, decision },
    refunds: [],
  };
}

function refundAsked(verdict: Verdict, refund: Refund): Verdict {
  const refunded = new Set(verdict.payment.refunded).add(refund.chargeKey);
  return { ...verdict, payment: { ...verdict.payment, refunded }, refunds: [...verdict.refunds, refund] };
}

/** Both, one after the other: the decision, if one of them took it, names the whole. */
function followedBy(first: Verdict, second: Verdict): Verdict {
  const outcome = first.outcome ?? second.outcome;
  const named = first.outcome === null && (second.outcome !== null || second.refunds.length > 0) ? second : first;
  return { kind: named.kind, payment: second.payment, outcome, refunds: [...first.refunds, ...second.refunds] };
}

/** One result per key is enough to decide; of two that disagree, money that moved counts more. */
function keep(payment: Payment, result: ChargeResult): Verdict {
  if (decidesNothing(result)) return unchanged('ignored', payment);
  const same = payment.kept.find(({ chargeKey }) => chargeKey === result.chargeKey);
  if (same !== undefined && (same.status === 'SUCCESS' || result.status === 'FAILED'))
    return unchanged('already-applied', payment);
  const kept = [...payment.kept.filter((other) => other !== same), result];
  return unchanged('kept', { ...payment, kept });
}

/** These say that another message was the charge, not what became of it. */
const decidesNothing = ({ failReason }: ChargeResult): boolean =>
  failReason === 'IDEMPOTENCY_CONFLICT' || failReason === 'ALREADY_CHARGED';

const keyOf = (result: ChargeResult, order: PaymentOrder): string => result.chargeKey ?? order.chargeKey;

const fits = (result: ChargeResult, order: PaymentOrder): boolean =>
  result.userId === order.userId && (result.amount === null || result.amount === order.amount);

function reasonFor(decision: Decision | null): RefundReason {
  if (decision === null) return 'CHARGE_MISMATCH';
  return decision.outcome === 'CONFIRMED' ? 'CHARGED_TWICE' : 'DECIDED_OTHERWISE';
}
