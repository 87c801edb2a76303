import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { onStopSignals } from './signals.mjs';

function setup() {
  const seen = [];
  const process = new EventEmitter();
  let time = 0;
  onStopSignals({ onFirst: (name) => seen.push(name), onSecond: () => seen.push('second'), now: () => time, process });
  return {
    seen,
    send: (name, at) => {
      time = at;
      process.emit(name, name);
    },
  };
}

describe('signals', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('%s stops', (name) => {
    const { seen, send } = setup();
    send(name, 0);
    expect(seen).toEqual([name]);
  });

  test('a Ctrl-C that npm passes on is the same Ctrl-C', () => {
    const { seen, send } = setup();
    send('SIGINT', 0);
    send('SIGINT', 30);
    expect(seen).toEqual(['SIGINT']);
  });

  test('a second one kills', () => {
    const { seen, send } = setup();
    send('SIGINT', 0);
    send('SIGINT', 2000);
    expect(seen).toEqual(['SIGINT', 'second']);
  });

  test('the terminal that closes after Ctrl-C is no second one', () => {
    const { seen, send } = setup();
    send('SIGINT', 0);
    send('SIGHUP', 2000);
    expect(seen).toEqual(['SIGINT']);
  });
});
