/** One deliberate mistake in the shipped code. */
export interface Mutation {
  name: string;
  /** From the root of the repository. */
  file: string;
  /** Stands in the file exactly once. */
  find: string;
  replace: string;
}

const PAYMENT = 'apps/payment-worker/src';
const RESERVATION = 'apps/reservation-service/src';
const RESULT = 'apps/result-worker/src';
const QUEUE = 'apps/queue-gateway/src';
const MESSAGING = 'libs/messaging/src';

/** Mistakes that such systems are known for. The simulation has to find each of them. */
export const mutations: readonly Mutation[] = [
  {
    name: 'a sweep expires whatever is due, without the expected state',
    file: `${RESERVATION}/domain/hold.ts`,
    find: "  if (reservation.status !== 'TEMPORARY_ASSIGNED') return rejected('NOT_HELD');\n  if (!hasLapsed(reservation, now))",
    replace: '  if (reservation.holdExpiresAt > now)',
  },
  {
    name: 'a confirmation that comes twice is refused and refunded',
    file: `${RESERVATION}/domain/outcome.ts`,
    find: '  if (isPaid && chargeKey === outcome.chargeKey) return alreadyApplied;\n',
    replace: '',
  },
  {
    name: 'the seat of a reservation that ends is not freed',
    file: `${RESERVATION}/application/changes.ts`,
    find: 'if (isLive(before.status) && !isLive(after.status)) {',
    replace: "if (isLive(before.status) && after.status === 'CANCELLED') {",
  },
  {
    name: 'a batch frees the seats of rows that stay live',
    file: `${RESERVATION}/application/changes.ts`,
    find: 'if (isLive(before.status) && !isLive(after.status)) {',
    replace: 'if (isLive(before.status)) {',
  },
  {
    name: 'a transition is written without its event',
    file: `${RESERVATION}/application/changes.ts`,
    find: '    this.note(before, after);\n    this.#tell(after, event);',
    replace: '    this.note(before, after);',
  },
  {
    name: 'a cancellation asks for no refund',
    file: `${RESERVATION}/application/cancel-reservations.ts`,
    find: "      if (after.status === 'CANCELLED') changes.refundCancelled(after);\n",
    replace: '',
  },
  {
    name: 'no inbox: a known payment key is not looked for',
    file: `${PAYMENT}/application/settle-payments.ts`,
    find: 'await tx.payments.find(unique(orders.map(({ idempotencyKey }) => idempotencyKey)))',
    replace: '[] as Payment[]',
  },
  {
    name: 'the deadline is looked at before the key',
    file: `${PAYMENT}/domain/payment.ts`,
    find: '  if (known !== undefined) {\n    if (!sameTerms',
    replace: `  if (now > order.deadline) {
    const late: ReceivedPayment = { ...order, state: 'RECEIVED', receivedAt: now, claimsReservation: false };
    return { kind: 'refused', payment: late, reason: 'DEADLINE_EXCEEDED' };
  }
  if (known !== undefined) {
    if (!sameTerms`,
  },
  {
    name: 'failures are not stored',
    file: `${PAYMENT}/application/settle-payments.ts`,
    find: "return { kind: 'done', outcome: 'settled', payment: this.#add(payment) };\n      }\n    }",
    replace:
      "return { kind: 'done', outcome: 'settled', payment: payment.verdict.status === 'FAILED' ? payment : this.#add(payment) };\n      }\n    }",
  },
  {
    name: 'the verdict is stored without the money',
    file: `${PAYMENT}/application/settle-payments.ts`,
    find: '    await this.#book?.save();\n',
    replace: '',
  },
  {
    name: 'a void refund does not close the key',
    file: `${PAYMENT}/domain/refund.ts`,
    find: "return { kind: 'void', closesKey: true };",
    replace: "return { kind: 'void', closesKey: false };",
  },
  {
    name: 'a refund that was made is made again',
    file: `${PAYMENT}/domain/refund.ts`,
    find: "  if (known?.state === 'SETTLED') return { kind: 'repeated', refund: known };\n",
    replace: '',
  },
  {
    name: 'the refund key is not derived from the whole charge key',
    file: 'libs/contracts/src/keys.ts',
    find: 'refundKeyOf = (chargeKey: string)',
    replace: 'refundKeyOf = (chargeKey: string, _cut = (chargeKey = chargeKey.slice(0, 30)))',
  },
  {
    name: 'a payment expires before the backlog of results was read',
    file: `${RESULT}/application/expiry-sweeper.ts`,
    find: '    if (!reached(mark.ends, await backlog.processed())) return 0;\n',
    replace: '',
  },
  {
    name: 'a success that is read after the deadline does not confirm',
    file: `${RESULT}/domain/decide.ts`,
    find: 'if (decision === null && fits(result, order)) {',
    replace: 'if (decision === null && fits(result, order) && now <= order.deadline) {',
  },
  {
    name: 'a result that comes before its request is dropped',
    file: `${RESULT}/domain/decide.ts`,
    find: 'if (order === null) return keep(payment, result);',
    replace: "if (order === null) return unchanged('ignored', payment);",
  },
  {
    name: 'the outbox row is written outside of the transaction',
    file: `${RESERVATION}/inbound/kafka/subscriptions.ts`,
    find: 'handle: (outcomes, tx) => applyOutcomes(outcomes, tx, options),',
    replace: `handle: async (outcomes, tx) => {
        const late: any[] = [];
        const outbox = { add: async (messages: readonly any[]) => void late.push(...messages) };
        await applyOutcomes(outcomes, { ...tx, outbox }, options);
        tx.afterCommit(() => void unitOfWork.run((other) => other.outbox.add(late)).catch(() => {}));
      },`,
  },
  {
    name: 'the offset is committed before the database',
    file: `${MESSAGING}/consumer/message-handler.ts`,
    find: "        await processor.process(raw, context);\n        return 'processed';",
    replace: "        void processor.process(raw, context).catch(() => {});\n        return 'processed';",
  },
  {
    name: 'the relay deletes before it has sent',
    file: `${MESSAGING}/outbox/outbox-relay.ts`,
    find: '    await inSendSpan(messages, () => producer.send(messages));\n    await store.remove(rows.map((row) => row.id));',
    replace:
      '    await store.remove(rows.map((row) => row.id));\n    await inSendSpan(messages, () => producer.send(messages));',
  },
  {
    name: 'rows are decided on that nobody has locked',
    file: `${RESERVATION}/application/lock-states.ts`,
    find: 'await tx.reservations.lock(own)',
    replace: 'await tx.reservations.find(own)',
  },
  {
    name: 'what is due is decided on without a lock',
    file: `${RESERVATION}/application/sweep-due.ts`,
    find: 'await tx.reservations.lock(due)',
    replace: 'await tx.reservations.find(due)',
  },
  {
    name: 'a seat is looked for and then taken, whoever has it by then',
    file: `${RESERVATION}/application/hold-seats.ts`,
    find: "plan.kind === 'applied' && !won.has(plan.reservation.id)",
    replace: "plan.kind === 'applied' && won.size < 0",
  },
  {
    name: 'a hold is decided on terms that have changed meanwhile',
    file: `${RESERVATION}/application/hold-seats.ts`,
    find: 'schedule.termsRevision !== termsRevision) throw new TermsChanged();',
    replace: 'schedule.termsRevision > termsRevision) throw new TermsChanged();',
  },
  {
    name: 'a cancelled show is over while payments are pending',
    file: `${RESERVATION}/application/cancel-schedule.ts`,
    find: '  if (pending > 0) return false;\n',
    replace: '',
  },
  {
    name: 'a cancelled show refunds nobody',
    file: `${RESERVATION}/application/cancel-schedule.ts`,
    find: "    if (verdict.reservation.status === 'CANCELLED') changes.refundCancelled(verdict.reservation);\n",
    replace: '',
  },
  {
    name: 'a refund that is told again is noted again',
    file: `${RESERVATION}/domain/refund.ts`,
    find: "  if (reservation.refund === 'DONE') return alreadyApplied;\n",
    replace: '',
  },
  {
    name: 'an answer of the provider is recorded whatever stands there',
    file: `${PAYMENT}/application/record-verdicts.ts`,
    find: "    if (current.state === 'SETTLED') return { payment: current, isNew: false };\n",
    replace: '',
  },
  {
    name: 'each call of the provider has a key of its own',
    file: `${PAYMENT}/application/payment-service.ts`,
    find: 'call: (remote, attempt) => remote.charge(attempt),',
    replace:
      'call: (remote, attempt) => remote.charge({ ...attempt, idempotencyKey: attempt.idempotencyKey + ids.next() }),',
  },
  {
    name: 'a charge in doubt is taken for none',
    file: `${PAYMENT}/domain/refund.ts`,
    find: "return { kind: 'chargeInDoubt', charge };",
    replace: "return { kind: 'void', closesKey: false };",
  },
  {
    name: 'what the provider gave back stays charged',
    file: `${PAYMENT}/application/record-refunds.ts`,
    find: '    await tx.payments.release(settled.map(({ chargeKey }) => chargeKey));\n',
    replace: '',
  },
  {
    name: 'a dead letter is replayed again and again',
    file: `${RESULT}/domain/replay.ts`,
    find: "  if (letter.status !== 'NEW') return { kind: 'rejected', reason: 'ALREADY_RESOLVED' };\n",
    replace: '',
  },
  {
    name: 'a replay sends the broken value, not the repaired one',
    file: `${RESULT}/domain/replay.ts`,
    find: '      value,\n      headers: {',
    replace: '      value: letter.value?.toString() ?? value,\n      headers: {',
  },
  {
    name: 'what cannot be read is skipped',
    file: `${MESSAGING}/consumer/message-handler.ts`,
    find: "    if (!deadLetters) return 'skipped';",
    replace: "    if (!deadLetters || code !== 'PROCESSING_FAILED') return 'skipped';",
  },
  {
    name: 'an event ends an admission that began after it',
    file: `${QUEUE}/domain/admission.ts`,
    find: '    if (admission.admittedAt > moment) continue;\n',
    replace: '',
  },
  {
    name: 'the end of a known hold is judged by another replica’s clock',
    file: `${QUEUE}/domain/admission.ts`,
    find: 'admissions.find((one) => news.reservationId in one.holds) ?? newestBefore(admissions, news.occurredAt);',
    replace: 'newestBefore(admissions, news.occurredAt);',
  },
  {
    name: 'a place admits twice',
    file: `${QUEUE}/domain/calling.ts`,
    find: '    } else if (before.length > 0) {',
    replace: '    } else if (before.length > 1_000) {',
  },
  {
    name: 'fans are told of admissions before they are recorded',
    file: `${QUEUE}/application/admission-loop.ts`,
    find: '    const { inside, spent, stillOpen, record } = await',
    replace:
      '    for (const admitted of called) await this.#tell(scheduleId, admitted);\n    const { inside, spent, stillOpen, record } = await',
  },
  {
    name: 'after a loss the numbers of the last block are given out again',
    file: `${QUEUE}/application/room-preparation.ts`,
    find: 'const numbers = await tx.rooms.takeNumbersAfterLoss(scheduleId, blockSize, this.#clock.now());',
    replace:
      'const numbers = { low: Math.max(0, locked.sequenceHigh - blockSize), high: Math.max(blockSize, locked.sequenceHigh) };\n        if (locked.sequenceHigh === 0) await tx.rooms.takeNumbersAfterLoss(scheduleId, blockSize, this.#clock.now());',
  },
  {
    name: 'a ticket does not give its place back',
    file: `${QUEUE}/application/places.ts`,
    find: '    return this.#ask(fan, () => this.#line.restore(scheduleId, userId, sequence));',
    replace: '    return place;',
  },
  {
    name: 'slots are never put right',
    file: `${QUEUE}/application/upkeep.ts`,
    find: '    for (const room of this.#live()) await reconcile(room.settings.scheduleId, this.#line, this.#reads);\n',
    replace: '',
  },
];
