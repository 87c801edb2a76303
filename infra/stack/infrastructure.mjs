/** MariaDB, Redis and Kafka of one stack, as processes of this machine. */
import { findTools } from '../bootstrap/tools.mjs';
import { faultProxy } from '../services/fault-proxy.mjs';
import { kafka } from '../services/kafka.mjs';
import { mariadb } from '../services/mariadb.mjs';
import { redis } from '../services/redis.mjs';
import { superviseProcess } from './supervised-process.mjs';

export const INFRASTRUCTURE = ['mariadb', 'redis', 'kafka'];

/**
 * @param {{ folders: ReturnType<typeof import('./folder.mjs').stackFolders>, sockets: string,
 *   ports: import('./ports.mjs').Ports, accounts: import('./accounts.mjs').Accounts, durable: boolean,
 *   certificates: import('../services/certificates.mjs').Certificates | null,
 *   report: import('./report.mjs').Report, signal?: AbortSignal, add: (process: object) => void, only?: string[],
 *   faults?: ReturnType<typeof import('./fault-routes.mjs').faultRoutes> }} settings
 *   `add` gets each process before it is started; `only`: these and no others; `faults`: through a fault proxy
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
    faults,
  } = settings;
  const wanted = faults === undefined ? only : [...only, 'fault-proxy'];
  const common = { tools: complete(findTools(), wanted), folders, durable, certificates, signal };
  const specs = {
    mariadb: () => mariadb({ ...common, sockets, port: ports.mariadb, accounts: accounts.mariadb }),
    redis: () => redis({ ...common, port: ports.redis, accounts: accounts.redis }),
    kafka: () =>
      kafka({
        ...common,
        port: ports.kafka,
        controllerPort: ports['kafka-controller'],
        accounts: accounts.kafka,
        moreListeners: faults?.kafkaListeners,
      }),
    'fault-proxy': () => faultProxy({ ...common, port: faults.apiPort, routes: faults.routes }),
  };
  const start = async (name) => {
    const spec = await specs[name]();
    signal?.throwIfAborted();
    const process = superviseProcess(spec, { folders, report });
    add(process);
    await process.start();
  };
  const results = await Promise.allSettled(wanted.map(start));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

const NEEDS = {
  mariadb: ['mariadbd', 'mariadbInstallDb'],
  redis: ['redisServer'],
  kafka: ['java', 'kafkaJars'],
  'fault-proxy': ['toxiproxy'],
};

function complete(tools, only) {
  const missing = only.flatMap((name) => NEEDS[name]).filter((tool) => tools[tool] === null);
  if (missing.length > 0)
    throw new Error(`Not found: ${missing.join(', ')}. Run "npm run infra" once, which installs them.`);
  return tools;
}
