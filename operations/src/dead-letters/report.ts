import { shortened, table } from '../terminal/table.ts';
import type { Action, DeadLetter, DryRun } from './admin-api.ts';

const MESSAGE_CHARACTERS = 60;

/** A list of dead letters. */
export const lettersText = (letters: readonly DeadLetter[]): string =>
  table(
    ['ID', 'FAILED', 'STATUS', 'TOPIC', 'AT', 'KEY', 'REPLAYS', 'ERROR'],
    letters.map(({ id, failedAt, status, topic, partition, offset, key, replayCount, error }) => [
      id,
      failedAt,
      status,
      topic,
      `${partition}/${offset}`,
      shortened(key ?? '', 36),
      String(replayCount),
      shortened(`${error.code}: ${error.message}`, MESSAGE_CHARACTERS),
    ]),
  );

/** One dead letter, whole. */
export function letterText(letter: DeadLetter): string {
  const headers = Object.entries(letter.headers).map(([name, value]) => [`  ${name}`, value]);
  const actions = letter.actions ?? [];
  return [
    table(
      ['id', letter.id],
      [
        ['status', letter.status],
        ['stood at', `${letter.topic}, partition ${letter.partition}, offset ${letter.offset}`],
        ['group', letter.group],
        ['key', letter.key ?? '(none)'],
        ['failed', `${letter.failedAt}, after ${letter.attempts} attempts`],
        ['error', `${letter.error.code}: ${letter.error.message}`],
        ['replays', `${letter.replayCount} of 3`],
        ['headers', headers.length === 0 ? '(none)' : ''],
        ...headers,
        ['value', letter.value === null ? '(none)' : `${letter.valueBytes} bytes, ${letter.valueEncoding}`],
      ],
    ),
    ...(letter.value === null ? [] : ['', shownValue(letter.value)]),
    ...(actions.length === 0 ? [] : ['', actionsText(actions)]),
  ].join('\n');
}

/** What was done. */
export const actionsText = (actions: readonly Action[]): string =>
  table(
    ['AT', 'ACTION', 'DEAD LETTER', 'BY', 'REASON', 'REPAIRED'],
    actions.map(({ at, action, deadLetterId, actor, reason, value }) => [
      at,
      action,
      deadLetterId,
      actor,
      reason,
      value === null ? '' : shortened(value, MESSAGE_CHARACTERS),
    ]),
  );

/** What replays would do. */
export const dryRunsText = (dryRuns: readonly DryRun[]): string =>
  table(
    ['ID', 'TO', 'KEY', 'PAYMENT', 'WHAT WOULD HAPPEN'],
    dryRuns.map(({ id, wouldReplay, code, detail, message, partition, payment, forecast }) => [
      id,
      message === null ? '' : `${message.topic}/${partition ?? '?'}`,
      message?.key ?? '',
      payment === null ? '' : `${payment.reservationId} ${payment.status}`,
      wouldReplay ? (forecast ?? '') : `Refused: ${[code, detail].filter((part) => part !== null).join(': ')}`,
    ]),
  );

/** Line ends of JSON stay; what would speak to the terminal does not. */
const shownValue = (value: string): string => pretty(value).replaceAll(/[^\P{Cc}\n]|\p{Cf}/gu, '·');

function pretty(value: string): string {
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return value;
  }
}
