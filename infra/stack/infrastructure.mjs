/** MariaDB, Redis and Kafka of one stack, as processes of this machine. */
import { findTools } from '../bootstrap/tools.mjs';
import { kafka } from '../services/kafka.mjs';
import { mariadb } from '../services/mariadb.mjs';
import { redis } from '../services/redis.mjs';
import { superviseProcess } from './supervised-process.mjs';

export const INFRASTRUCTURE = ['mariadb', 'redis', 'kafka'];

/**
 * @param {{ folders: ReturnType<typeof import('./folder.mjs').stackFolders>, sockets: string,
 *   ports: import('./ports.mjs').Ports, accounts: import('./accounts.mjs').Accounts, durable: boolean,
 *   certificates: import('../services/certificates.mjs').Certificates | null,
 *   report: import('./report.mjs').Report, signal?: AbortSignal, add: (process: object) => void, only?: string[] }} settings
 *   `add` gets each process before it is started; `only`: these and no others
 */
export async function startInfrastructure(settings) {
  const {
    folders,
    sockets,
    ports,
    accounts,
    durable,
    certificates,
    report,
    signal,
    add,
    only = INFRASTRUCTURE,
  } = settings;
  const tools = findTools();
  const common = { tools: complete(tools, only), folders, durable, certificates, signal };
  const specs = {
    mariadb: () => mariadb({ ...common, sockets, port: ports.mariadb, accounts: accounts.mariadb }),
    redis: () => redis({ ...common, port: ports.redis, accounts: accounts.redis }),
    kafka: () =>
      kafka({ ...common, port: ports.kafka, controllerPort: ports['kafka-controller'], accounts: accounts.kafka }),
  };
  const start = async (name) => {
    const spec = await specs[name]();
    signal?.throwIfAborted();
    const process = superviseProcess(spec, { folders, report });
    add(process);
    await process.start();
  };
  const results = await Promise.allSettled(only.map(start));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

const NEEDS = {
  mariadb: ['mariadbd', 'mariadbInstallDb'],
  redis: ['redisServer'],
  kafka: ['java', 'kafkaJars'],
};

function complete(tools, only) {
  const missing = only.flatMap((name) => NEEDS[name]).filter((tool) => tools[tool] === null);
  if (missing.length > 0)
    throw new Error(`Not found: ${missing.join(', ')}. Run "npm run infra" once, which installs them.`);
  return tools;
}
