import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandOf, PROGRAMS } from './command.mjs';

const broker = () => 'one:9092';

test('a program gets what it is given, and the broker where the line names none', () => {
  expect(commandOf(['topics', '--list'], broker)).toEqual({
    help: false,
    args: [PROGRAMS.topics, '--bootstrap-server', 'one:9092', '--list'],
  });
  for (const own of ['--bootstrap-server=two:9092', '--bootstrap-controller', '--help']) {
    expect(commandOf(['topics', own], broker)).toEqual({ help: false, args: [PROGRAMS.topics, own] });
  }
  expect(commandOf(['cluster', 'unregister', '--id', '3'], broker)).toEqual({
    help: false,
    args: [PROGRAMS.cluster, 'unregister', '--bootstrap-server', 'one:9092', '--id', '3'],
  });
  expect(commandOf([], broker)).toEqual({ help: true });
  expect(() => commandOf(['constructor'], broker)).toThrow('it is one of topics, ');
});

const ask = (...args) =>
  spawnSync(process.execPath, [join(import.meta.dirname, 'main.mjs'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, KAFKA_BROKERS: process.env.TEST_KAFKA_BROKERS },
  });

test.runIf(process.env.TEST_KAFKA_BROKERS)('a real broker answers, and a program says itself what it lacks', () => {
  expect(ask('get-offsets', '--topic', 'there-is-none')).toMatchObject({ status: 1 });
  expect(ask('consumer-groups', '--list')).toMatchObject({ status: 0, stderr: '' });
});
