import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { repositoryRoot } from '../../infra/stack/folder.mjs';
import { parseArguments } from './arguments.mjs';
import { judgeRefusal } from './no-root.mjs';
import { pidNamespace, processesOf } from './processes.mjs';
import { enabledServices, systemResidue, temporaryResidue } from './residue.mjs';
import { missingFromWalk, walkOf } from './walk.mjs';

describe('the walk', () => {
  test('is what the README marks, at the address where it serves', () => {
    const script = walkOf(readFileSync(join(repositoryRoot, 'README.md'), 'utf8'), 'http://localhost:20040');
    expect(script).toContain('api=http://localhost:20040\n');
    expect(script).toContain('/payment');
    expect(script).not.toContain('npm start   #');
  });

  test('a README without one proves nothing', () => {
    expect(() => walkOf('```sh\ncurl\n```\n', 'http://x')).toThrow('no block');
  });

  test('has to end confirmed and refunded', () => {
    expect(missingFromWalk('"PAYMENT_PENDING" "CONFIRMED" "CANCELLED" "REFUND"')).toEqual([]);
    expect(missingFromWalk('"PAYMENT_PENDING" "CANCELLED"')).toEqual(['"CONFIRMED"', '"REFUND"']);
  });
});

describe('a refusal', () => {
  const npm = '\n> stagedoor@0.1.0 start\n> node infra/start.mjs --yes\n\n';
  const sentence = 'Packages are missing: ask for "apt-get install --no-install-recommends maven".\n';

  test("is one sentence, beside npm's own words and notes", () => {
    expect(judgeRefusal(1, `${npm}Note: 2.0 GiB of memory are available.\n${sentence}npm error code 1\n`)).toBeNull();
  });

  test.each([
    ['no failure', 0, sentence],
    ['killed', null, sentence],
    ['a stack trace', 1, `${sentence}    at run (file:///x.mjs:1:2)\n`],
    ['silence', 1, npm],
    ['no way out', 1, 'Permission denied.\n'],
  ])('%s is none', (_, code, output) => {
    expect(judgeRefusal(code, output)).not.toBeNull();
  });
});

describe('what is left', () => {
  let root;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'fresh-test-'));
    for (const folder of ['tmp', 'usr/sbin', 'etc/systemd/system/multi-user.target.wants']) {
      mkdirSync(join(root, folder), { recursive: true });
    }
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  test('a service that was enabled, a policy, a folder for sockets', () => {
    const wants = 'etc/systemd/system/multi-user.target.wants';
    symlinkSync('/lib/systemd/system/cron.service', join(root, wants, 'cron.service'));
    const before = enabledServices(root);
    expect(systemResidue(root, before)).toEqual([]);
    symlinkSync('/lib/systemd/system/nginx.service', join(root, wants, 'nginx.service'));
    writeFileSync(join(root, 'usr/sbin/policy-rc.d'), '');
    mkdirSync(join(root, 'tmp/stagedoor-123'));
    expect(systemResidue(root, before)).toEqual([
      '/etc/systemd/system/multi-user.target.wants/nginx.service was added: a service is enabled',
      '/usr/sbin/policy-rc.d was left',
    ]);
    expect(temporaryResidue(root)).toEqual(['/tmp/stagedoor-123 was left']);
  });
});

test.runIf(process.platform === 'linux')('the processes of a namespace, this one among them', () => {
  expect(processesOf(pidNamespace('self')).find(({ pid }) => pid === process.pid)?.args[0]).toMatch(/node/);
});

test('the command line', () => {
  expect(parseArguments(['--quick', '--only=user'])).toEqual({ help: false, quick: true, passes: ['user'] });
  expect(parseArguments([]).passes).toEqual(['root', 'user']);
  expect(() => parseArguments(['--only', 'nobody'])).toThrow('--only is one of root, user.');
  expect(() => parseArguments(['--fast'])).toThrow('There is no option --fast');
});
