import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createStackFolders, repositoryRoot, stackFolders } from '../stack/folder.mjs';
import { defaultPorts } from '../stack/ports.mjs';
import { COMPOSE_FILE, composeEnvironment, downCompose, projectName, startContainers } from './compose.mjs';

const file = readFileSync(join(repositoryRoot, COMPOSE_FILE), 'utf8');
const accounts = {
  mariadb: { adminPassword: 'a', databases: [{ name: 'queue', password: 'b' }] },
  redis: { adminPassword: 'c', users: [{ name: 'queue', password: 'd' }] },
};

let home;
let folders;
let commands;
const run = async (command, args) => {
  commands.push([command, ...args.slice(args.indexOf('--file') + 2)].join(' '));
  return '';
};
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'stagedoor-test-'));
  folders = stackFolders('main', { STAGEDOOR_HOME: home });
  createStackFolders(folders);
  commands = [];
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('containers.yml', () => {
  test('holds the infrastructure, each with a health check, on this machine only', () => {
    const { services, volumes } = parse(file);
    expect(Object.keys(services)).toEqual(['mariadb', 'redis', 'kafka', 'edge']);
    for (const service of Object.values(services)) {
      expect(service.healthcheck.test).toBeDefined();
      for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:/);
      for (const [volume] of service.volumes.map((entry) => entry.split(':'))) {
        if (!volume.startsWith('$')) expect(volumes).toHaveProperty(volume);
      }
    }
  });

  test('asks for no variable that nobody sets', () => {
    const asked = new Set([...file.matchAll(/\$\{(\w+)/g)].map((match) => match[1]));
    expect([...asked].sort()).toEqual(
      Object.keys(composeEnvironment({ ports: defaultPorts({}), config: '/c' })).sort(),
    );
  });
});

describe('containers', () => {
  const settings = () => ({
    stack: 'main',
    folders,
    ports: defaultPorts({}),
    accounts,
    only: ['mariadb', 'kafka'],
    run,
  });

  test('are started together, with the users that they are to have, and stopped one by one', async () => {
    const services = [];
    await startContainers({ ...settings(), add: (service) => services.push(service) });
    expect(commands).toEqual(['docker up --detach --wait mariadb kafka']);
    const config = join(folders.config, 'compose');
    expect(readFileSync(join(config, 'mariadb-init.sql'), 'utf8')).toContain(
      "CREATE USER IF NOT EXISTS 'queue'@'%' IDENTIFIED BY 'b';",
    );
    expect(readFileSync(join(config, 'users.acl'), 'utf8')).toContain('user queue on >d ~queue:*');
    for (const service of services) await service.stop();
    expect(commands.slice(1)).toEqual(['docker stop mariadb', 'docker stop kafka']);
  });

  test('clearing needs no Docker where there were none', async () => {
    await downCompose(folders, 'main', { run });
    expect(commands).toEqual([]);
    await startContainers({ ...settings(), add: () => {} });
    await downCompose(folders, 'main', { run });
    expect(commands.at(-1)).toBe('docker --profile edge down --volumes --remove-orphans');
    expect(existsSync(folders.config)).toBe(true);
  });

  test('a project name is one that Docker takes', () => {
    expect(projectName('test-4711')).toBe('stagedoor-test-4711');
    expect(projectName('On Sale!')).toBe('stagedoor-on-sale-');
  });
});
