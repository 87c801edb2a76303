import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { leftoverProcesses, removeAbandonedStacks, stopLeftovers } from './leftovers.mjs';
import { FolderInUseError, lockFolder, lockOwner } from './lock.mjs';
import { identify, isRunning, recordOf, startTimeOfStat } from './process-identity.mjs';

let folder;
let child;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagedoor-test-'));
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const sleeper = () =>
  spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
const keep = (record) => writeFileSync(join(folder, `${record.name}.json`), JSON.stringify(record));

describe('what a killed launcher has left', () => {
  test('is stopped', async () => {
    child = sleeper();
    const record = recordOf('kafka', child.pid, 'java');
    keep(record);
    expect((await stopLeftovers(folder)).map(({ name }) => name)).toEqual(['kafka']);
    expect(isRunning(record)).toBe(false);
    expect(existsSync(join(folder, 'kafka.json'))).toBe(false);
  });

  test('ends in the order of a Ctrl-C: an app still finds the broker that it says goodbye to', async () => {
    const seen = join(folder, 'seen');
    const started = (name, ms) => {
      const end = `require('fs').appendFileSync(${JSON.stringify(seen)}, '${name} '); process.exit()`;
      const script = `process.on('SIGTERM', () => setTimeout(() => { ${end} }, ${ms})); setInterval(() => {}, 1000); console.log()`;
      const process = spawn('node', ['-e', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
      keep(recordOf(name, process.pid, 'node'));
      return once(process.stdout, 'data');
    };
    await Promise.all([started('kafka', 0), started('queue-gateway', 300), started('edge', 150)]);
    await stopLeftovers(folder);
    expect(readFileSync(seen, 'utf8')).toBe('edge queue-gateway kafka ');
  });

  test('a stranger with the same pid is left alone, and the record forgotten', async () => {
    child = sleeper();
    keep({ ...recordOf('kafka', child.pid, 'java'), identity: 'another boot:1' });
    expect(await stopLeftovers(folder)).toEqual([]);
    expect(identify(child.pid)).not.toBeNull();
    expect(existsSync(join(folder, 'kafka.json'))).toBe(false);
  });

  test('half a record is no reason to stumble', () => {
    writeFileSync(join(folder, 'redis.json'), '{"pid": 1');
    expect(leftoverProcesses(folder)).toEqual([]);
  });

  test('a disposable stack without launcher goes, a running one and one that is kept stay', async () => {
    const env = { STAGEDOOR_HOME: folder };
    const make = (name, { mark }) => {
      const run = join(folder, 'stacks', name, 'run');
      mkdirSync(run, { recursive: true });
      if (mark) writeFileSync(join(run, 'disposable'), '');
      return run;
    };
    make('test-1', { mark: true });
    make('kept', { mark: false });
    const unlock = lockFolder(make('test-2', { mark: true }), folder);
    expect(await removeAbandonedStacks(env)).toEqual(['test-1']);
    unlock();
    expect(existsSync(join(folder, 'stacks/test-2'))).toBe(true);
    expect(existsSync(join(folder, 'stacks/kept'))).toBe(true);
  });
});

describe('the identity of a process', () => {
  test("a command's name may hold what it likes", () => {
    const stat = '4711 (a) S 1 (b) R 1 4711 4711 0 -1 4194560 1 0 0 0 1 2 3 4 20 0 1 0 987654 1 2';
    expect(startTimeOfStat(stat)).toBe('987654');
  });

  test('a zombie is gone', () => {
    expect(startTimeOfStat('4711 (node) Z 1 4711 4711 0 -1 4194560 1 0 0 0 1 2 3 4 20 0 1 0 987654 1 2')).toBeNull();
  });

  test('no process, no identity', () => {
    expect(identify(99_999_999)).toBeNull();
    expect(identify(process.pid)).toBe(identify(process.pid));
  });
});

describe("a folder's lock", () => {
  test('one launcher at a time; the second learns who the first is', () => {
    const unlock = lockFolder(folder, '/data');
    expect(() => lockFolder(folder, '/data')).toThrow(FolderInUseError);
    expect(() => lockFolder(folder, '/data')).toThrow(new RegExp(`Already running on /data: process ${process.pid}`));
    unlock();
    expect(lockOwner(folder)).toBeNull();
    lockFolder(folder, '/data')();
  });

  test.each([
    ['a dead process', () => JSON.stringify({ ...recordOf('launcher', process.pid, ''), identity: 'another boot:1' })],
    ['nobody', () => 'not json'],
  ])('a lock of %s is taken over', (_, content) => {
    writeFileSync(join(folder, 'launcher.lock'), content());
    const unlock = lockFolder(folder, '/data');
    expect(lockOwner(folder)?.pid).toBe(process.pid);
    unlock();
  });
});
