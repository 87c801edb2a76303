/** What each service of docker-compose.yml finds in its own volume: its configuration, its passwords and its keys. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { edgeLimits } from '../edge/limits.mjs';
import { nginxConfig } from '../edge/nginx-config.mjs';
import { kafkaConfig } from '../services/kafka.mjs';
import { ADMIN_USER, BROKER_USER, scramArguments, securityConfig, TOPICS_USER } from '../services/kafka-security.mjs';
import { accountStatements } from '../services/mariadb.mjs';
import { aclLines } from '../services/redis.mjs';
import { passwordOf } from '../stack/accounts.mjs';
import { APPS, appEnv } from '../stack/apps.mjs';
import { envFileText } from '../stack/env-file.mjs';
import { PORTS } from '../stack/ports.mjs';
import { ownWiring } from '../stack/wiring.mjs';

/** Where a service finds them. */
const INSIDE = '/etc/stagedoor';
const inside = (file) => `${INSIDE}/${basename(file)}`;

/** By the names of the services in docker-compose.yml. */
const ADDRESSES = { mysql: 'mysql:3306', redis: 'redis:6379', kafka: 'kafka:19092' };

/** What the image says of itself, and docker-compose.yml of the kind of installation. */
const SET_ELSEWHERE = ['NODE_ENV', 'HOST', 'PORT', 'LOG_PRETTY'];

const OPEN_FILES = 65_536;

/**
 * @param {{ accounts: import('../stack/accounts.mjs').Accounts, keys: ReturnType<typeof import('../stack/keys.mjs').keysOf>,
 *   resolver: string, kafkaPort: number, certificates: import('../services/certificates.mjs').Certificates | null }} settings
 *   `resolver`: the network's DNS server; `kafkaPort`: at which this machine reaches the broker; `certificates`: with
 *   them every server speaks TLS alone and the broker asks who one is
 * @returns {Record<string, Record<string, string>>} service → file → content
 */
export function serviceFiles({ accounts, keys, resolver, kafkaPort, certificates }) {
  const wiring = ownWiring({
    accounts,
    addresses: ADDRESSES,
    // MySQL's own way to log in wants TLS, or this.
    mysqlOptions: '?allowPublicKeyRetrieval=true',
    ca: certificates === null ? null : inside(certificates.ca),
    keys: mapValues(keys, (value) => (value === keys.queueTicketSecret ? value : inside(value))),
  });
  const ca = certificates === null ? {} : contents([certificates.ca]);
  const keyFiles = Object.values(keys).filter((value) => value !== keys.queueTicketSecret);
  const apps = APPS.map((app) => {
    const env = without(appEnv(app, wiring, 0), SET_ELSEWHERE);
    const own = keyFiles.filter((file) => Object.values(env).includes(inside(file)));
    return [app.name, { 'app.env': envFileText(env), ...contents(own), ...ca }];
  });
  return {
    ...Object.fromEntries(apps),
    topics: { 'app.env': envFileText(wiring.kafka(TOPICS_USER)), ...ca },
    mysql: { 'init.sql': accountStatements(accounts.mariadb), ...mysqlFiles(certificates) },
    redis: { 'users.acl': `${aclLines(accounts.redis).join('\n')}\n`, ...redisFiles(certificates) },
    edge: { 'nginx.conf': edgeConfig(resolver) },
    ...(certificates === null
      ? {}
      : {
          acls: { 'app.env': envFileText(wiring.kafka(ADMIN_USER)), ...ca },
          kafka: kafkaFiles({ accounts: accounts.kafka, certificates, kafkaPort }),
        }),
  };
}

function mysqlFiles(certificates) {
  if (certificates === null) return {};
  const { ca, mysql } = certificates;
  const settings = [
    '[mysqld]',
    `ssl-ca=${inside(ca)}`,
    `ssl-cert=${inside(mysql.certificate)}`,
    `ssl-key=${inside(mysql.key)}`,
    'require-secure-transport=ON',
  ];
  return { 'tls.cnf': `${settings.join('\n')}\n`, ...contents([ca, mysql.certificate, mysql.key]) };
}

function redisFiles(certificates) {
  if (certificates === null) return { 'redis.conf': 'port 6379\n' };
  const { ca, redis } = certificates;
  const settings = [
    'port 0',
    'tls-port 6379',
    `tls-ca-cert-file ${inside(ca)}`,
    `tls-cert-file ${inside(redis.certificate)}`,
    `tls-key-file ${inside(redis.key)}`,
    'tls-auth-clients no',
  ];
  return { 'redis.conf': `${settings.join('\n')}\n`, ...contents([ca, redis.certificate, redis.key]) };
}

function kafkaFiles({ accounts, certificates, kafkaPort }) {
  const config = kafkaConfig({
    dataFolder: '/var/lib/kafka/data/logs',
    controllerPort: 9093,
    listeners: [
      { name: 'INSIDE', bind: '0.0.0.0:19092', advertised: ADDRESSES.kafka },
      { name: 'HOST', bind: '0.0.0.0:9092', advertised: `localhost:${kafkaPort}` },
    ],
    security: securityConfig({
      listeners: ['INSIDE', 'HOST'],
      ca: inside(certificates.ca),
      pem: inside(certificates.kafka.pem),
      brokerPassword: passwordOf(accounts, BROKER_USER),
    }),
  });
  return {
    'server.properties': config,
    'scram.arguments': `${scramArguments(accounts).join('\n')}\n`,
    ...contents([certificates.ca, certificates.kafka.pem]),
  };
}

const edgeConfig = (resolver) =>
  nginxConfig({
    folder: '/tmp',
    // The container is not root's.
    user: null,
    openFiles: OPEN_FILES,
    listen: ['8080'],
    upstreams: Object.fromEntries(APPS.map(({ name }) => [name, [`${name}:${PORTS[name].default}`]])),
    limits: edgeLimits(),
    generation: 1,
    resolver,
  });

const contents = (files) => Object.fromEntries(files.map((file) => [basename(file), readFileSync(file, 'utf8')]));

const without = (env, names) => Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));

/**
 * @template {Record<string, string>} T
 * @param {T} object @param {(value: string) => string} change
 */
const mapValues = (object, change) =>
  /** @type {T} */ (Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)])));

/**
 * The server that knows the other containers' names: the first one. Some engines add those of the machine, which know none.
 * @param {string} text of /etc/resolv.conf
 */
export function nameServer(text) {
  const address = /^nameserver\s+(\S+)/m.exec(text)?.[1];
  if (address === undefined) throw new Error('/etc/resolv.conf names no server.');
  return address;
}
