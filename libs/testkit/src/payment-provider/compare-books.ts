import type { PaymentRow, RefundRow } from '../invariants/snapshot.ts';
import type { ProviderBookContent } from './provider-book.ts';

/** Our side of the comparison: the payments and refunds that went to this provider. */
export interface OurBook {
  payments: readonly Pick<PaymentRow, 'key' | 'userId' | 'amount' | 'status'>[];
  refunds: readonly Pick<RefundRow, 'key' | 'chargeKey' | 'amount' | 'status'>[];
}

/** What differs, to the won, between a provider's book and ours at rest; empty where they agree. */
export function compareBooks({ charges, refunds }: ProviderBookContent, ours: OurBook): string[] {
  const doubled = [...charges, ...refunds].filter(({ times }) => times > 1);
  return [
    ...doubled.map(({ key, times }) => `${key} was made ${times} times`),
    ...difference(
      'charged',
      charges.filter(({ status }) => status === 'SUCCEEDED').map(({ key, userId, amount }) => [key, userId, amount]),
      ours.payments
        .filter(({ status }) => status === 'SUCCESS')
        .map(({ key, userId, amount }) => [key, userId, amount]),
    ),
    ...difference(
      'given back',
      refunds.map(({ key, chargeKey, amount }) => [key, chargeKey, amount]),
      ours.refunds
        .filter(({ status }) => status === 'REFUNDED')
        .map(({ key, chargeKey, amount }) => [key, chargeKey, amount]),
    ),
  ];
}

type Line = [key: string, of: string, amount: number];

function difference(what: string, theirs: Line[], ours: Line[]): string[] {
  const text = ([key, of, amount]: Line) => `${key}, ${amount} won of ${of}`;
  const [there, here] = [new Set(theirs.map(text)), new Set(ours.map(text))];
  return [
    ...[...there].filter((line) => !here.has(line)).map((line) => `${what} by the provider, not by us: ${line}`),
    ...[...here].filter((line) => !there.has(line)).map((line) => `${what} by us, not by the provider: ${line}`),
  ];
}
