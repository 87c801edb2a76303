/**
 * The first service of docker-compose.yml to run: makes passwords and keys once, and lays into each service's volume what
 * that service reads. Run again, it changes nothing but what follows from the configuration.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { certificateFiles } from '../services/certificates.mjs';
import { clusterId } from '../services/kafka.mjs';
import { accountsOf } from '../stack/accounts.mjs';
import { ACCOUNT_NAMES, KAFKA_USERS } from '../stack/apps.mjs';
import { keysOf } from '../stack/keys.mjs';
import { keepOnce } from '../stack/secrets.mjs';
import { nameServer, serviceFiles } from './service-files.mjs';

const FOLDER = process.env.SETUP_FOLDER ?? '/setup';
/** What the others are made from: in a volume that no other service sees. */
const origin = join(FOLDER, 'origin');
const secure = process.env.SECURE === 'true';

const files = serviceFiles({
  accounts: accountsOf(join(origin, 'secrets'), { ...ACCOUNT_NAMES, kafkaUsers: secure ? KAFKA_USERS : [] }),
  keys: keysOf(join(origin, 'keys')),
  resolver: nameServer(readFileSync('/etc/resolv.conf', 'utf8')),
  kafkaPort: Number(process.env.KAFKA_PORT || 9092),
  certificates: secure ? certificateFiles(join(origin, 'tls')) : null,
});
if (secure) files.kafka['cluster.id'] = `${keepOnce(origin, 'cluster.id', clusterId)}\n`;
for (const [service, contents] of Object.entries(files)) {
  mkdirSync(join(FOLDER, service), { recursive: true });
  // Each volume is mounted into its own service alone, whose user is not ours.
  for (const [file, content] of Object.entries(contents)) {
    writeFileSync(join(FOLDER, service, file), content, { mode: 0o644 });
  }
}
console.log(`setup: wrote the configuration of ${Object.keys(files).join(', ')}${secure ? ', with TLS' : ''}`);
