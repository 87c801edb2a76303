import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HmacTickets } from './hmac-tickets.ts';

const tickets = new HmacTickets('s'.repeat(32));
const fan = fc.record({ scheduleId: fc.integer({ min: 1 }), userId: fc.string({ minLength: 1, maxLength: 64 }) });
const sequence = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

test('a ticket gives its sequence number back to its fan', () => {
  fc.assert(
    fc.property(fan, sequence, (owner, number) => {
      expect(tickets.read(tickets.issue(owner, number), owner)).toBe(number);
    }),
  );
});

test('to nobody else, for no other schedule, with no other number, and not by another secret', () => {
  const others = new HmacTickets('t'.repeat(32));
  fc.assert(
    fc.property(fan, fan, sequence, sequence, (owner, other, number, wished) => {
      const ticket = tickets.issue(owner, number);
      if (other.userId !== owner.userId) expect(tickets.read(ticket, { ...owner, userId: other.userId })).toBeNull();
      if (other.scheduleId !== owner.scheduleId) {
        expect(tickets.read(ticket, { ...owner, scheduleId: other.scheduleId })).toBeNull();
      }
      const [version, , mac] = ticket.split('.');
      if (wished !== number) expect(tickets.read(`${version}.${wished}.${mac}`, owner)).toBeNull();
      expect(others.read(ticket, owner)).toBeNull();
    }),
  );
});

test('a secret is changed in three steps, each replica by itself, and every ticket is good to the end', () => {
  const [old, next] = ['o'.repeat(32), 'n'.repeat(32)];
  const steps = [
    new HmacTickets(old),
    new HmacTickets(old, [next]),
    new HmacTickets(next, [old]),
    // By now each ticket was given out anew: an answer to a poll carries one under the present secret.
    new HmacTickets(next),
  ];
  const owner = { scheduleId: 1, userId: 'fan' };
  for (const [index, before] of steps.slice(0, -1).entries()) {
    const after = steps[index + 1] as HmacTickets;
    expect(before.read(after.issue(owner, 7), owner)).toBe(7);
    expect(after.read(before.issue(owner, 7), owner)).toBe(7);
  }
  expect(steps[3]?.read(new HmacTickets(old).issue(owner, 7), owner)).toBeNull();
  expect(steps[2]?.issue(owner, 7)).toBe(steps[3]?.issue(owner, 7));
});

test('whatever text is shown, it is read or refused', () => {
  const owner = { scheduleId: 1, userId: 'fan' };
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(tickets.read(text, owner)).toBeNull();
    }),
  );
  const ticket = tickets.issue(owner, 7);
  for (const bent of [`${ticket} `, ticket.slice(0, -1), ticket.toUpperCase(), ticket.replace('.7.', '.07.'), `1.7.`]) {
    expect(tickets.read(bent, owner)).toBeNull();
  }
});

test('no two places share what is signed: numbers and names do not run into each other', () => {
  const mac = (scheduleId: number, number: number, userId: string) =>
    tickets.issue({ scheduleId, userId }, number).split('.')[2];
  expect(mac(1, 12, 'x')).not.toBe(mac(11, 2, 'x'));
  expect(mac(1, 1, '2\nx')).not.toBe(mac(1, 12, 'x'));
});
