import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

// Prints the Secrets of the dev overlay: kubectl apply -f -. What they hold is made once and kept in .stagedoor/k8s-dev,
// so that a second run changes nothing.

interface Stack {
  secret(folder: string, name: string): string;
  keysOf(
    folder: string,
  ): Record<
    | 'fanPrivateKeyFile'
    | 'fanPublicKeysFile'
    | 'admissionPrivateKeyFile'
    | 'admissionPublicKeysFile'
    | 'queueTicketSecret',
    string
  >;
}

/** Each app's database and its user; Redis users have the same names. */
const DATABASES = {
  'queue-gateway': { database: 'queue', redis: true },
  'reservation-service': { database: 'reservation', redis: true },
  'payment-worker': { database: 'payment', redis: false },
  'result-worker': { database: 'result', redis: false },
};

const stack = '../../infra/stack';
const { secret } = (await import(`${stack}/secrets.mjs`)) as Pick<Stack, 'secret'>;
const { keysOf } = (await import(`${stack}/keys.mjs`)) as Pick<Stack, 'keysOf'>;
const { aclLines } = (await import(`${stack}/../services/redis.mjs`)) as {
  aclLines(accounts: { adminPassword: string; users: { name: string; password: string }[] }): string[];
};

const folder = join(import.meta.dirname, '..', '..', '.stagedoor', 'k8s-dev');
const keys = keysOf(folder);
const passwordOf = (kind: string, name: string): string => secret(folder, `${kind}-${name}`);
const apps = Object.entries(DATABASES);

const mysqlInit = apps.flatMap(([, { database }]) => [
  `CREATE DATABASE IF NOT EXISTS \`${database}\` CHARACTER SET utf8mb4;`,
  `CREATE USER IF NOT EXISTS '${database}'@'%' IDENTIFIED BY '${passwordOf('mysql', database)}';`,
  `GRANT ALL PRIVILEGES ON \`${database}\`.* TO '${database}'@'%';`,
]);
const redisUsers = apps
  .filter(([, { redis }]) => redis)
  .map(([, { database: name }]) => ({ name, password: passwordOf('redis', name) }));

const secrets: Record<string, Record<string, string>> = {
  'mysql-init': { 'init.sql': `${mysqlInit.join('\n')}\n` },
  'redis-users': {
    'users.acl': `${aclLines({ adminPassword: passwordOf('redis', 'admin'), users: redisUsers }).join('\n')}\n`,
  },
  'fan-public-keys': { 'fan.jwks.json': readFileSync(keys.fanPublicKeysFile, 'utf8') },
  'fan-dev-key': { 'fan-dev.pem': readFileSync(keys.fanPrivateKeyFile, 'utf8') },
  'admission-signing-key': { 'admission.pem': readFileSync(keys.admissionPrivateKeyFile, 'utf8') },
  'admission-public-keys': { 'admission.jwks.json': readFileSync(keys.admissionPublicKeysFile, 'utf8') },
};
for (const [app, { database, redis }] of apps) {
  const password = passwordOf('mysql', database);
  secrets[`${app}-secrets`] = {
    // MySQL's own way to log in wants TLS, or this.
    MYSQL_URL: `mysql://${database}:${password}@mysql.stagedoor.svc:3306/${database}?allowPublicKeyRetrieval=true`,
    ...(redis && {
      REDIS_URL: `redis://${database}:${passwordOf('redis', database)}@redis.stagedoor.svc:6379`,
    }),
    ...(app === 'queue-gateway' && { QUEUE_TICKET_SECRET: keys.queueTicketSecret }),
  };
}

for (const [name, stringData] of Object.entries(secrets)) {
  const metadata = { name, namespace: 'stagedoor' };
  process.stdout.write(`---\n${stringify({ apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', stringData })}`);
}
