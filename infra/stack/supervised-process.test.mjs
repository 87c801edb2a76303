import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { afterCrash, HEALTHY_AFTER_MS, LONGEST_DELAY_MS } from './backoff.mjs';
import { openBoundedLog } from './bounded-log.mjs';
import { identify } from './process-identity.mjs';
import { superviseProcess } from './supervised-process.mjs';

let folder;
let notes;
let supervised;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagedoor-test-'));
  mkdirSync(join(folder, 'run'));
  notes = [];
});
afterEach(async () => {
  await supervised?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function supervise(script, more = {}) {
  const ready = join(folder, 'ready');
  supervised = superviseProcess(
    {
      name: 'app',
      command: process.execPath,
      args: ['-e', script.replaceAll('READY', JSON.stringify(ready))],
      cwd: folder,
      env: process.env,
      isReady: async () => existsSync(ready),
      readyTimeoutMs: 10_000,
      stopSignal: 'SIGTERM',
      stopTimeoutMs: 10_000,
      ...more,
    },
    {
      folders: { run: join(folder, 'run'), logs: join(folder, 'logs') },
      report: { note: (text) => notes.push(text), step() {}, line() {} },
    },
  );
  return supervised;
}

const SERVES = 'require("fs").writeFileSync(READY, ""); setInterval(() => {}, 1000);';

describe('a supervised process', () => {
  test('is recorded while it runs, and gone after stop', async () => {
    const app = supervise(SERVES);
    await app.start();
    const record = JSON.parse(readFileSync(join(folder, 'run/app.json'), 'utf8'));
    expect(record).toMatchObject({ name: 'app', pid: app.pid, identity: identify(app.pid) });
    await app.stop();
    expect(identify(record.pid)).toBeNull();
    expect(existsSync(join(folder, 'run/app.json'))).toBe(false);
    expect(notes).toEqual([]);
  });

  test('is started again after a crash, and that is said', async () => {
    const app = supervise(SERVES);
    await app.start();
    const first = app.pid;
    await app.kill('SIGKILL');
    await vi.waitFor(() => expect(app.pid).toBeGreaterThan(0), { timeout: 5_000 });
    expect(app.pid).not.toBe(first);
    expect(notes[0]).toMatch(/^app ended \(SIGKILL\); it starts again in 0.5 s/);
    await vi.waitFor(() => expect(notes[1]).toBe('app is ready again.'), { timeout: 5_000 });
  });

  test('stays down if it is to', async () => {
    const app = supervise(SERVES);
    await app.start();
    await app.kill('SIGKILL', { staysDown: true });
    expect(app.isUp).toBe(false);
    expect(notes).toEqual([]);
    await app.start();
    expect(app.isUp).toBe(true);
  });

  test('that ends before it is ready is a mistake, shown with its last lines', async () => {
    const app = supervise('console.error("PORT: is not set"); process.exit(1)');
    await expect(app.start()).rejects.toThrow(/app ended before it was ready[\s\S]*PORT: is not set/);
    expect(app.isUp).toBe(false);
  });

  test('that does not stop when asked is killed, with what it has started itself', async () => {
    const stubborn = 'process.on("SIGTERM", () => {});';
    const grandchild = `const g = require("child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]); require("fs").writeFileSync(${JSON.stringify(join(folder, 'g'))}, String(g.pid));`;
    const app = supervise(`${stubborn}${grandchild}${SERVES}`, { stopTimeoutMs: 200 });
    await app.start();
    const pid = Number(readFileSync(join(folder, 'g'), 'utf8'));
    expect(identify(pid)).not.toBeNull();
    await app.stop();
    await vi.waitFor(() => expect(identify(pid)).toBeNull());
  });
});

describe('backoff', () => {
  test('doubles up to its bound', () => {
    const delays = [];
    for (let crashes = 0, next; delays.length < 9; crashes = next.crashes) {
      next = afterCrash(crashes, 100);
      delays.push(next.delayMs);
    }
    expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 16_000, LONGEST_DELAY_MS, LONGEST_DELAY_MS, LONGEST_DELAY_MS]);
  });

  test('begins anew for one that was healthy', () => {
    expect(afterCrash(7, HEALTHY_AFTER_MS)).toEqual({ delayMs: 500, crashes: 1 });
  });
});

describe('a bounded log', () => {
  test('never holds more than twice its limit', () => {
    const file = join(folder, 'a.log');
    const log = openBoundedLog(file, { maxBytes: 1000 });
    for (let index = 0; index < 500; index += 1) log.mark(`line ${index}`);
    log.close();
    const sizes = [file, `${file}.1`].map((name) => readFileSync(name).length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1000);
    expect(log.tail().at(-1)).toBe('line 499');
  });

  test('goes on where the last run ended', () => {
    const file = join(folder, 'a.log');
    writeFileSync(file, 'before\n');
    const log = openBoundedLog(file);
    log.mark('after');
    log.close();
    expect(readFileSync(file, 'utf8')).toBe('before\nafter\n');
  });
});
