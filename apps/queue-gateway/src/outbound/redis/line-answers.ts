import type { CallAnswer, JoinAnswer, LeaveAnswer, LinePlace } from '../../application/waiting-line.ts';
import { calledOf, currentOf, pairs } from './stored-admission.ts';

// What the scripts answer: a word, and what belongs to it.

/** As join.lua answers. */
export function joinAnswer(answer: unknown[]): JoinAnswer {
  switch (answer[0]) {
    case 'WAITING':
      return {
        kind: 'WAITING',
        sequence: Number(answer[1]),
        serving: Number(answer[2]),
        isNew: Number(answer[3]) === 1,
        numbersLeft: Number(answer[4]),
      };
    case 'ADMITTED':
      return { kind: 'ADMITTED', admission: currentOf(answer[1] as string) };
    case 'OUT_OF_NUMBERS':
      return { kind: 'OUT_OF_NUMBERS' };
    default:
      return { kind: 'NOT_PREPARED' };
  }
}

/** As find.lua answers. */
export function placeAnswer(answer: unknown[]): LinePlace {
  switch (answer[0]) {
    case 'WAITING':
      return { kind: 'WAITING', sequence: Number(answer[1]), serving: Number(answer[2]) };
    case 'ADMITTED':
      return { kind: 'ADMITTED', admission: currentOf(answer[1] as string) };
    case 'ABSENT':
      return { kind: 'ABSENT' };
    default:
      return { kind: 'NOT_PREPARED' };
  }
}

/** As leave.lua answers. */
export function leaveAnswer(answer: unknown[]): LeaveAnswer {
  switch (answer[0]) {
    case 'LEFT':
      return { kind: 'LEFT', sequence: Number(answer[1]) };
    case 'ADMITTED':
      return { kind: 'ADMITTED', admission: currentOf(answer[1] as string) };
    case 'BEING_ADMITTED':
    case 'ABSENT':
      return { kind: answer[0] };
    default:
      return { kind: 'NOT_PREPARED' };
  }
}

/** As call.lua answers. */
export function callAnswer(answer: unknown[]): CallAnswer {
  if (answer[0] !== 'CALLED') return { kind: 'NOT_PREPARED' };
  const [, serving, version, lostThrough, head, waiting, called] = answer;
  return {
    kind: 'CALLED',
    serving: Number(serving),
    version: Number(version),
    lostThrough: Number(lostThrough),
    head: head === '' ? null : Number(head),
    waiting: Number(waiting),
    called: pairs(called as string[])
      .map(([userId, value]) => calledOf(userId, value))
      .sort((a, b) => a.sequence - b.sequence),
  };
}
