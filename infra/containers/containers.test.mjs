import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appNames } from '@stagedoor/contracts';
import { parseConfig } from '@stagedoor/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { makeCertificates } from '../services/certificates.mjs';
import { kafkaConfig } from '../services/kafka.mjs';
import { KAFKA_USERS } from '../stack/apps.mjs';
import { repositoryRoot } from '../stack/folder.mjs';
import { PORTS } from '../stack/ports.mjs';
import { nameServer } from './service-files.mjs';

const read = (...path) => readFileSync(join(repositoryRoot, ...path), 'utf8');
const text = { plain: read('docker-compose.yml'), secure: read('docker-compose.secure.yml') };
// `!override` is docker compose's own: the value is used as it stands.
const options = { merge: true, customTags: [{ tag: '!override', collection: 'map', resolve: (value) => value }] };
const plain = parse(text.plain, options);
const secure = parse(text.secure, options);
const services = Object.entries(plain.services);
const STEPS = ['setup', 'topics', ...appNames.map((app) => `${app}-migrations`)];
const OBSERVABILITY = ['prometheus', 'grafana', 'otel-collector', 'jaeger'];

describe('docker-compose.yml', () => {
  test('holds the four apps, each with its migrations, and what they stand on', () => {
    const expected = [...STEPS, ...appNames, 'mysql', 'redis', 'kafka', 'edge', ...OBSERVABILITY];
    expect(services.map(([name]) => name).toSorted()).toEqual(expected.toSorted());
    for (const [name, { profiles }] of services) {
      expect(profiles ?? []).toEqual(OBSERVABILITY.includes(name) ? ['observability'] : []);
    }
  });

  test('limits each, starts again what ends, publishes on this machine only, and runs nothing of ours as root', () => {
    for (const [name, service] of services) {
      expect(service.deploy.resources.limits, name).toEqual({ cpus: expect.any(String), memory: expect.any(String) });
      expect(service.restart, name).toBe(STEPS.includes(name) ? 'no' : 'unless-stopped');
      for (const port of service.ports ?? []) expect(port).toMatch(/^\$\{BIND_ADDRESS:-127\.0\.0\.1\}:/);
      if (![...appNames, ...STEPS, 'edge'].includes(name)) continue;
      expect(service, name).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
      expect(service.security_opt, name).toEqual(['no-new-privileges:true']);
    }
  });

  test('starts each when what it needs is there, and knows when it is healthy', () => {
    for (const app of appNames) {
      expect(plain.services[app].depends_on).toMatchObject({
        [`${app}-migrations`]: { condition: 'service_completed_successfully' },
        topics: { condition: 'service_completed_successfully' },
      });
      expect(plain.services[`${app}-migrations`]).toMatchObject({
        command: ['migrate'],
        depends_on: { mysql: { condition: 'service_healthy' } },
      });
      expect(plain.services.edge.depends_on[app]).toEqual({ condition: 'service_healthy' });
      // One image for the app and its migrations: built once.
      expect(plain.services[`${app}-migrations`].image).toBe(plain.services[app].image);
      expect(plain.services[app].build.dockerfile).toBe(`apps/${app}/Dockerfile`);
      // More than one of it can run.
      expect(plain.services[app]).not.toHaveProperty('container_name');
      expect(plain.services[app]).not.toHaveProperty('ports');
    }
    expect(plain.services.topics).toMatchObject({ command: ['create-topics'] });
    for (const name of ['mysql', 'redis', 'kafka', 'edge']) expect(plain.services[name].healthcheck.test).toBeDefined();
  });

  test('every volume is declared, and every folder that is mounted is there', () => {
    for (const { services: all, volumes } of [plain, secure]) {
      for (const [name, service] of Object.entries(all)) {
        for (const source of (service.volumes ?? []).map((volume) => volume.split(':')[0])) {
          if (source.startsWith('./')) expect(existsSync(join(repositoryRoot, source)), source).toBe(true);
          else expect({ ...plain.volumes, ...volumes }, name).toHaveProperty(source);
        }
      }
    }
  });

  test('.env.example names each variable with its default, and no other', () => {
    const asked = [...`${text.plain}${text.secure}`.matchAll(/(?<!\$)\$\{(\w+):-([^}]*)\}/g)];
    const used = new Map(asked.map(([, name, value]) => [name, value]));
    const named = new Map(
      [...read('.env.example').matchAll(/^# (\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
    );
    expect(named).toEqual(used);
    for (const { variable, default: value } of Object.values(PORTS)) {
      if (used.has(variable)) expect(used.get(variable)).toBe(String(value));
    }
  });

  test('the broker is told what the one on a machine is told', () => {
    const listeners = [{ name: 'INSIDE', bind: ':19092', advertised: 'kafka:19092' }];
    const lines = kafkaConfig({ dataFolder: '/d', controllerPort: 9093, listeners }).split('\n');
    const shared = [
      'auto.create',
      'offsets.topic',
      'transaction.state.log.m',
      'transaction.state.log.r',
      'share.coord',
      'group.initial',
    ];
    for (const [name, value] of lines
      .map((line) => line.split('='))
      .filter(([name]) => shared.some((start) => name.startsWith(start)))) {
      const variable = `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`;
      expect(plain.services.kafka.environment[variable], variable).toBe(value);
    }
  });
});

describe('Dockerfiles', () => {
  const dockerfile = (app) => read('apps', app, 'Dockerfile');

  test('differ in the app alone', () => {
    const general = (app) =>
      dockerfile(app)
        .replaceAll(app, '<app>')
        .replaceAll(String(PORTS[app].default), '<port>')
        .replace(/description="[^"]*"/, 'description="…"');
    for (const app of appNames) expect(general(app)).toBe(general(appNames[0]));
  });

  test.each(appNames)('%s: copies the libraries that it depends on, by name', (app) => {
    const { dependencies } = JSON.parse(read('apps', app, 'package.json'));
    const libs = Object.keys(dependencies).flatMap((name) => /^@stagedoor\/(.*)$/.exec(name)?.[1] ?? []);
    for (const lib of libs) expect(dockerfile(app)).toContain(`COPY libs/${lib}/src libs/${lib}/src`);
    expect(dockerfile(app)).toMatch(/^FROM node:24-bookworm-slim$/m);
    expect(dockerfile(app)).toMatch(/^USER 1000:1000$/m);
    expect(dockerfile(app)).toMatch(/^HEALTHCHECK /m);
    expect(dockerfile(app)).toMatch(/^CMD \["node", /m);
  });
});

describe.each([
  ['as it is', false],
  ['with TLS and logins', true],
])('what setup lays into the volumes, %s', (_, isSecure) => {
  let folder;
  const setup = () =>
    execFileSync(process.execPath, [join(repositoryRoot, 'infra/containers/setup.mjs')], {
      env: { ...process.env, SETUP_FOLDER: folder, SECURE: String(isSecure), KAFKA_PORT: '9092' },
    });
  const file = (service, name) => readFileSync(join(folder, service, name), 'utf8');
  const envOf = (service) =>
    Object.fromEntries(
      [...file(service, 'app.env').matchAll(/^(\w+)=(['"`])(.*)\2$/gm)].map(([, name, , value]) => [name, value]),
    );
  const volumes = [...plain.services.setup.volumes, ...(isSecure ? secure.services.setup.volumes : [])];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stagedoor-test-'));
    if (isSecure) await makeCertificates(join(folder, 'origin/tls'));
    setup();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('has a volume for each service, which that service finds at /etc/stagedoor', () => {
    for (const service of readdirSync(folder).filter((name) => name !== 'origin')) {
      expect(volumes).toContain(`${service}-config:/setup/${service}`);
      const { volumes: mounted = [] } = plain.services[service] ?? {};
      const all = [...mounted, ...(isSecure ? (secure.services[service]?.volumes ?? []) : [])];
      expect(all).toContain(`${service}-config:/etc/stagedoor:ro`);
    }
  });

  test.each(appNames)('%s starts with its environment, and finds the files that it names', async (app) => {
    const { configSchema } = await import(`../../apps/${app}/src/config.ts`);
    const env = { NODE_ENV: 'development', HOST: '0.0.0.0', ...envOf(app) };
    expect(() => parseConfig(configSchema, env, { app })).not.toThrow();
    for (const value of Object.values(env).filter((one) => one.startsWith('/etc/stagedoor/'))) {
      expect(existsSync(join(folder, app, value.slice('/etc/stagedoor/'.length))), value).toBe(true);
    }
    const { groups } = /^mysql:\/\/\w+:.*@(?<host>[\w:]+)\/\w+\?(?<options>.*)$/.exec(env.MYSQL_URL);
    expect(groups.host).toBe('mysql:3306');
    expect(groups.options).toBe(isSecure ? 'ssl=true&ca=%2Fetc%2Fstagedoor%2Fca.crt' : 'allowPublicKeyRetrieval=true');
    if (isSecure) expect(env).toMatchObject({ KAFKA_SSL: 'true', KAFKA_SASL_USERNAME: app });
  });

  test('gives nobody what is another’s', () => {
    const secrets = readdirSync(join(folder, 'origin/secrets'));
    const holders = (secret) =>
      readdirSync(folder)
        .filter((service) => service !== 'origin')
        .filter((service) => readdirSync(join(folder, service)).some((name) => file(service, name).includes(secret)));
    for (const name of secrets) {
      const users = holders(file('origin/secrets', name)).filter(
        (service) => !['mysql', 'redis', 'kafka'].includes(service),
      );
      expect(users.length, name).toBeLessThanOrEqual(1);
    }
    expect(holders(envOf('queue-gateway').QUEUE_TICKET_SECRET)).toEqual(['queue-gateway']);
    expect(holders(file('origin/keys', 'admission.pem'))).toEqual(['queue-gateway']);
    if (isSecure) expect(holders(file('origin/tls', 'ca.key'))).toEqual([]);
  });

  test('is the same when it is made again', () => {
    const all = () =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name), 'utf8')]);
    const before = all();
    setup();
    expect(all()).toEqual(before);
  });

  if (isSecure) {
    test('the broker knows all who come, and speaks to nobody else', () => {
      const users = file('kafka', 'scram.arguments').match(/name=([\w-]+)/g);
      expect(users.map((name) => name.slice('name='.length)).toSorted()).toEqual(KAFKA_USERS.toSorted());
      expect(file('kafka', 'server.properties')).toMatch(
        /^listener\.security\.protocol\.map=INSIDE:SASL_SSL,HOST:SASL_SSL,CONTROLLER:SSL$/m,
      );
      expect(file('kafka', 'server.properties')).toMatch(/^allow\.everyone\.if\.no\.acl\.found=false$/m);
      expect(file('redis', 'redis.conf')).toMatch(/^port 0$/m);
      expect(file('mysql', 'tls.cnf')).toMatch(/^require-secure-transport=ON$/m);
    });
  }
});

test('the edge asks the server that knows the names of containers', () => {
  expect(nameServer('search dns.podman\nnameserver 10.89.0.1\nnameserver 9.9.9.9\n')).toBe('10.89.0.1');
  expect(() => nameServer('')).toThrow(/names no server/);
});
