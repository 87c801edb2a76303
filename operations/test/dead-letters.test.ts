import { deadLetterHeaderNames as names, type RawMessage } from '@stagedoor/contracts';
import { aPaymentRequest } from '@stagedoor/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { adminApp } from '../../apps/result-worker/test/http/admin-app.ts';
import { deadLettersTool } from '../src/dead-letters/tool.ts';
import { runTool, spawnTool } from './tool-runs.ts';

// Against the real API of result-worker over a real database.
let app: Awaited<ReturnType<typeof adminApp>>;
let url: string;
let nextOffset = 0;

beforeAll(async () => {
  app = await adminApp();
  url = await app.server.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => app.close());
beforeEach(async () => {
  for (const table of ['dead_letters', 'dead_letter_actions', 'outbox']) {
    await app.database.pool.query(`DELETE FROM ${table}`);
  }
});

const cli = (...args: string[]) =>
  runTool(deadLettersTool, args, { STAGEDOOR_URL: url, STAGEDOOR_TOKEN: app.keys.fanToken('operator', ['admin']) });

/** Stores it as a group dead-letters it, and answers its id. */
async function stored(value: Buffer | string, topic = 'payment-requests'): Promise<string> {
  const raw: RawMessage = {
    topic: `${topic}.dlq`,
    partition: 0,
    offset: '0',
    key: Buffer.from('fan-1'),
    value: Buffer.from(value),
    headers: {
      [names.topic]: topic,
      [names.partition]: '3',
      [names.offset]: String(nextOffset++),
      [names.group]: 'payment-request-consumer-group',
      [names.errorCode]: 'MALFORMED_JSON',
      [names.errorMessage]: 'unexpected end',
    },
    timestamp: new Date(),
  };
  await app.deadLetters.store(raw);
  return (await app.get('/v1/admin/dead-letters?limit=1')).body.items[0].id;
}

const good = () => JSON.stringify(aPaymentRequest());
const lines = (text: string) => text.trim().split('\n');

describe('looking', () => {
  test('lists in a table, or a line of JSON each', async () => {
    expect(await cli('list')).toMatchObject({ code: 0, stdout: 'no dead letters\n' });
    const [first, second] = [await stored('{'), await stored('[', 'refund-requests')];
    const table = await cli('list');
    expect(table.code).toBe(0);
    expect(lines(table.stdout)).toEqual([
      expect.stringMatching(/^ID +FAILED +STATUS +TOPIC/),
      expect.stringMatching(
        new RegExp(`^${second} .* NEW +refund-requests +3/\\d+ +fan-1 +0 +MALFORMED_JSON: unexpected`),
      ),
      expect.stringContaining(first),
    ]);
    const json = await cli('list', '--topic', 'payment-requests', '--json');
    expect(lines(json.stdout).map((line) => JSON.parse(line))).toMatchObject([{ id: first, value: '{' }]);
    expect(await cli('list', '--limit', '1')).toMatchObject({ stderr: expect.stringContaining('more than these 1') });
  });

  test('shows one whole, bytes in hexadecimal', async () => {
    const id = await stored(Buffer.from([0xff, 0x1b]));
    const { code, stdout } = await cli('show', id);
    expect(code).toBe(0);
    expect(stdout).toContain('2 bytes, hex');
    expect(stdout).toContain('ff1b');
    expect(await cli('show', 'none')).toMatchObject({ code: 2, stderr: expect.stringContaining('NOT_FOUND') });
  });
});

describe('replaying', () => {
  test('one, also repaired, from text, bytes and a file; the audit says who and why', async () => {
    const value = good();
    const ids = [await stored('{'), await stored('{')];
    expect(await cli('replay', ids[0] as string, '--reason', 'hope')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('refused: VALIDATION_FAILED'),
    });
    expect(await cli('replay', ids[0] as string, '--reason', 'repaired', '--value', value)).toMatchObject({
      code: 0,
      stdout: '1 replayed, 0 refused\n',
    });
    const hex = Buffer.from(value).toString('hex');
    expect((await cli('replay', ids[1] as string, '--reason', 'repaired', '--value-hex', hex)).code).toBe(0);
    expect((await app.outbox()).map((message) => message.value)).toEqual([value, value]);
    const audit = await cli('audit', '--json');
    expect(lines(audit.stdout).map((line) => JSON.parse(line))).toMatchObject([
      { deadLetterId: ids[1], actor: 'operator', reason: 'repaired', value },
      { deadLetterId: ids[0], action: 'REPLAYED' },
    ]);
    expect((await cli('audit', '--actor', 'nobody')).stdout).toBe('nothing was done yet\n');
  });

  test('all that match, oldest first, those that cannot be are named; nobody at the terminal has to say --yes', async () => {
    const values = [good(), good(), good()];
    for (const value of values) await stored(value);
    const broken = await stored('{');
    await stored(good(), 'refund-requests');
    const args = ['replay', '--all', '--topic', 'payment-requests', '--reason', 'the outage is over'];
    expect(await cli(...args)).toMatchObject({
      code: 2,
      stderr: '4 dead letters match (payment-requests 4). Nothing was done: confirm it at a terminal, or with --yes.\n',
    });
    expect(await app.outbox()).toEqual([]);
    expect(await cli(...args, '--yes', '--limit', '2')).toMatchObject({
      code: 0,
      stdout: '2 replayed, 0 refused\n',
      stderr: expect.stringContaining('the 2 oldest are taken'),
    });
    const rest = await cli(...args, '--yes', '--json');
    expect(rest).toMatchObject({ code: 1, stderr: expect.stringContaining('1 replayed, 1 refused') });
    expect(lines(rest.stdout).map((line) => JSON.parse(line))).toMatchObject([
      { status: 'REPLAYED' },
      { id: broken, status: 'REFUSED', code: 'VALIDATION_FAILED' },
    ]);
    expect((await app.outbox()).map(({ value }) => value)).toEqual(values);
  });

  test('a dry run says what would happen, and nothing does', async () => {
    const id = await stored(good());
    const broken = await stored('{');
    const { code, stdout } = await cli('replay', '--all', '--dry-run');
    expect(code).toBe(1);
    expect(stdout).toMatch(new RegExp(`${id} +payment-requests/3 +fan-1 +\\S+ UNKNOWN +It is charged once`));
    expect(stdout).toMatch(new RegExp(`${broken} +Refused: VALIDATION_FAILED: MALFORMED_JSON`));
    expect(await app.outbox()).toEqual([]);
  });
});

test('discarding one, once', async () => {
  const id = await stored('{');
  expect((await cli('discard', id, '--reason', 'a test')).stdout).toBe('1 discarded, 0 refused\n');
  expect(await cli('discard', id, '--reason', 'a test')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('ALREADY_RESOLVED'),
  });
});

test('as a process', async () => {
  await stored('{');
  const env = { STAGEDOOR_URL: url, STAGEDOOR_TOKEN: app.keys.fanToken('operator', ['admin']) };
  const { code, stdout, stderr } = await spawnTool('dead-letters', ['list', '--json'], env);
  expect([code, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toMatchObject({ value: '{' });
});

describe('what keeps it from its work', () => {
  const refused = (env: Record<string, string>) => runTool(deadLettersTool, ['list'], { STAGEDOOR_URL: url, ...env });

  test.each([
    ['nobody listens', { STAGEDOOR_URL: 'http://127.0.0.1:1' }, /cannot be reached/],
    ['no address', { STAGEDOOR_URL: 'localhost' }, /no http or https address/],
    ['no token, and none is given', {}, /set STAGEDOOR_TOKEN/],
    ['no token of this system', { STAGEDOOR_TOKEN: 'x' }, /token is refused/],
  ])('%s', async (_, env, message) => {
    expect(await refused(env)).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
  });

  test('a fan', async () => {
    expect(await refused({ STAGEDOOR_TOKEN: app.keys.fanToken('fan') })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/not the role admin/),
    });
  });

  test('a command that there is not, with the help beside it', async () => {
    expect(await cli('sell')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no command sell(.|\n)*--topic/),
    });
    expect(await cli('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('Exit code:') });
  });
});
