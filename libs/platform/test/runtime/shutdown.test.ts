import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';

const script = fileURLToPath(new URL('./shutdown-child.ts', import.meta.url));
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function run(behaviour: string) {
  const child = spawn(process.execPath, [script, behaviour], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  let output = '';
  child.stdout.on('data', (data) => {
    output += String(data);
  });
  return {
    child,
    said: (text: string) => expect.poll(() => output, { timeout: 10_000 }).toContain(text),
    exit: async () => ({ code: (await once(child, 'close'))[0] as number | null, output }),
  };
}

describe('a process', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('closes once on %s and exits 0', async (signal) => {
    const { child, said, exit } = run('good');
    await said('started');
    child.kill(signal);
    const { code, output } = await exit();
    expect(code).toBe(0);
    expect(output.match(/closing in order/g)).toHaveLength(1);
    expect(output).toContain('"closed"');
  });

  test('that is told to stop while it starts closes what it has opened, after its start', async () => {
    const { child, said, exit } = run('starts-slowly');
    await said('opening');
    child.kill('SIGTERM');
    const { code, output } = await exit();
    expect(code).toBe(0);
    expect(output.indexOf('closing in order')).toBeGreaterThan(output.indexOf('"started"'));
    expect(output.indexOf('"started"')).toBeGreaterThan(0);
  });

  test('exits at once on a second signal', async () => {
    const { child, said, exit } = run('slow');
    await said('started');
    child.kill('SIGTERM');
    await said('closing in order');
    child.kill('SIGINT');
    expect((await exit()).code).toBe(1);
  });

  test.each([
    ['hangs', 'shutdown took too long'],
    ['close-fails', 'flush failed'],
  ])('that %s when it closes exits 1 and says so', async (behaviour, line) => {
    const { child, said, exit } = run(behaviour);
    await said('started');
    child.kill('SIGTERM');
    const { code, output } = await exit();
    expect(code).toBe(1);
    expect(output).toContain(line);
  });

  test.each([
    ['start-fails', 'no port'],
    ['rejects', 'nobody cares'],
    ['throws', 'unhandled error'],
  ])('that %s closes what it opened and exits 1', async (behaviour, line) => {
    const { code, output } = await run(behaviour).exit();
    expect(code).toBe(1);
    expect(output).toContain(line);
    expect(output).toContain('closing in order');
  });
});
