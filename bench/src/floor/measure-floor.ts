import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { cpuTimes, ownCpuTime } from '../measure/cpu.ts';
import type { System } from '../system/system.ts';
import type { FloorMessage, FloorTask } from './floor-task.ts';
import { FLOOR_BATCH } from './floor-task.ts';
import type { WorkPerOp } from './work.ts';

const MOST_OPERATIONS = 20_000;
const SERVERS = new Set(['mariadb', 'kafka']);

/**
 * The least that the same rows and messages can cost: written again into copies of the same tables and topics of the same
 * servers, by the bare driver, producer and consumer, 400 operations a transaction and a send. Microseconds of CPU per
 * operation, of the servers and of the process that writes; null where there is too little to measure.
 */
export async function measureFloor(
  system: System,
  work: WorkPerOp,
  operations: number,
): Promise<Record<string, number> | null> {
  const rounded = Math.floor(Math.min(operations, MOST_OPERATIONS) / FLOOR_BATCH) * FLOOR_BATCH;
  if (rounded === 0) return null;
  const child = fork(join(import.meta.dirname, 'floor-main.ts'));
  try {
    const task: FloorTask = {
      mysqlUrl: system.stack.admin.mysqlUrl,
      brokers: system.access.kafka.brokers,
      work,
      operations: rounded,
    };
    await answered(child, task);
    const servers = () => cpuTimes(system.stack.processes().filter(({ name }) => SERVERS.has(name)));
    const [before, own] = [servers(), ownCpuTime(child.pid as number)];
    await answered(child, 'go');
    const after = servers();
    const perOp = (micros: number) => micros / rounded;
    return {
      ...Object.fromEntries(Object.entries(after).map(([name, micros]) => [name, perOp(micros - (before[name] ?? 0))])),
      node: perOp(ownCpuTime(child.pid as number) - own),
    };
  } finally {
    child.kill();
  }
}

/** Sends and waits for the next message. */
function answered(child: ChildProcess, message: FloorTask | 'go'): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('message', (answer: FloorMessage) =>
      answer.kind === 'failed' ? reject(new Error(`floor: ${answer.message}`)) : resolve(),
    );
    child.once('exit', () => reject(new Error('the process of the floor ended')));
    child.send(message);
  });
}
