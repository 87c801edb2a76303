import { describe, expect, test } from 'vitest';
import { becomeRoot, needsRoot } from './apt.mjs';
import { missingPackages, simulatedInstalls } from './packages.mjs';
import { EDGE_TOOLS, FAULT_TOOLS, NATIVE_TOOLS, TEST_TOOLS } from './tools.mjs';

const nothing = {
  mariadbd: null,
  mariadbInstallDb: null,
  redisServer: null,
  nginx: null,
  java: null,
  kafkaJars: null,
  kcat: null,
  curl: null,
  toxiproxy: null,
  faketime: null,
};
const installed = { maven: null, go: null, redisCheck: null };
const javaPackage = 'openjdk-17-jre-headless';

describe('what is missing', () => {
  test('on a bare machine: everything, and no package that has a system service', () => {
    const packages = missingPackages(nothing, { ...installed, needed: NATIVE_TOOLS, javaPackage });
    expect(packages).toEqual({
      install: ['mariadb-server-core', 'mariadb-client-core', 'redis-tools', javaPackage, 'maven'],
      unpack: ['nginx'],
      linkRedis: true,
    });
  });

  test('Maven is for the jars alone', () => {
    const packages = missingPackages(
      { ...nothing, kafkaJars: '/jars' },
      { ...installed, needed: NATIVE_TOOLS, javaPackage },
    );
    expect(packages.install).not.toContain('maven');
  });

  test('Redis only needs its link where its tools are installed', () => {
    const redisCheck = '/usr/bin/redis-check-rdb';
    const packages = missingPackages(nothing, { ...installed, redisCheck, needed: ['redisServer'], javaPackage });
    expect(packages).toEqual({ install: [], unpack: [], linkRedis: true });
  });

  test('the tests need a producer that is not ours, and curl', () => {
    const packages = missingPackages(nothing, { ...installed, needed: TEST_TOOLS, javaPackage });
    expect(packages).toEqual({ install: ['kcat', 'curl'], unpack: [], linkRedis: false });
  });

  test('chaos needs a library of Debian, and Go for what Debian does not have', () => {
    const packages = missingPackages(nothing, { ...installed, needed: FAULT_TOOLS, javaPackage });
    expect(packages).toEqual({ install: ['golang-go', 'libfaketime'], unpack: [], linkRedis: false });
    const withGo = missingPackages(nothing, { ...installed, go: '/go', needed: FAULT_TOOLS, javaPackage });
    expect(withGo.install).toEqual(['libfaketime']);
  });

  test('external infrastructure needs nothing but the edge', () => {
    const packages = missingPackages(nothing, { ...installed, needed: EDGE_TOOLS, javaPackage });
    expect(packages).toEqual({ install: [], unpack: ['nginx'], linkRedis: false });
  });

  test("apt's simulation names what it would install", () => {
    const output =
      'NOTE: This is only a simulation!\nInst libaio1 (0.3.113-4 Debian:12 [amd64])\nConf libaio1 (…)\nInst nginx (1)\n';
    expect(simulatedInstalls(output)).toEqual(['libaio1', 'nginx']);
  });
});

describe('becoming root', () => {
  test('as root, by sudo, by sudo without a terminal', async () => {
    expect(await becomeRoot({ uid: 0, sudo: null })).toEqual({ prefix: [] });
    expect(await becomeRoot({ uid: 1000, sudo: '/usr/bin/sudo', isTerminal: true })).toEqual({
      prefix: ['/usr/bin/sudo'],
    });
    const withoutPassword = {
      uid: 1000,
      sudo: '/usr/bin/sudo',
      isTerminal: false,
      sudoWithoutPassword: async () => true,
    };
    expect(await becomeRoot(withoutPassword)).toEqual({ prefix: ['/usr/bin/sudo', '-n'] });
  });

  test('neither root nor sudo is one clear sentence', async () => {
    const { error } = await becomeRoot({ uid: 1000, sudo: null });
    expect(needsRoot(error, ['redis-tools', 'maven'])).toBe(
      'Packages are missing and cannot be installed, because there is neither root nor sudo here: ask an administrator ' +
        'to run "apt-get update && apt-get install --no-install-recommends redis-tools maven" once, then start again.',
    );
  });

  test('a sudo that asks where nobody can answer is no sudo', async () => {
    const machine = { uid: 1000, sudo: '/usr/bin/sudo', isTerminal: false, sudoWithoutPassword: async () => false };
    expect(await becomeRoot(machine)).toEqual({ error: 'sudo asks for a password, and there is no terminal' });
  });
});
