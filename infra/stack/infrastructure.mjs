/** MariaDB, Redis and Kafka of one stack, as processes of this machine. */
import { kafka } from '../services/kafka.mjs';
import { mariadb } from '../services/mariadb.mjs';
import { redis } from '../services/redis.mjs';
import { superviseProcess } from './supervised-process.mjs';

export const INFRASTRUCTURE = ['mariadb', 'redis', 'kafka'];

/**
 * @param {{ tools: import('../bootstrap/tools.mjs').Tools, folders: ReturnType<typeof import('./folder.mjs').stackFolders>,
 *   sockets: string, ports: import('./ports.mjs').Ports, accounts: import('./accounts.mjs').Accounts, disposable: boolean,
 *   report: object, started: (process: object) => void }} settings `started` gets each process before it is started
 */
export async function startInfrastructure({ tools, folders, sockets, ports, accounts, disposable, report, started }) {
  const start = async (spec) => {
    const process = superviseProcess(spec, { folders, report });
    started(process);
    await process.start();
    return process;
  };
  const all = await Promise.allSettled([
    mariadb({ tools, folders, sockets, port: ports.mariadb, accounts: accounts.mariadb, disposable }).then(start),
    start(redis({ tools, folders, port: ports.redis, accounts: accounts.redis, disposable })),
    kafka({ tools, folders, port: ports.kafka, controllerPort: ports['kafka-controller'], disposable }).then(start),
  ]);
  const failed = all.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
