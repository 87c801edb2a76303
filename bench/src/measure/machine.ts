import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import type { System } from '../system/system.ts';

const run = promisify(execFile);
const GIB = 2 ** 30;

/** Where a run was made, so that its absolute figures mean something. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGiB: number;
  kernel: string;
  /** Processes that wanted a core, averaged over a minute, before the run: above 0.3 the machine was not quiet. */
  loadBefore: number;
}

export function machine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / GIB),
    kernel: release(),
    loadBefore: Number(readFileSync('/proc/loadavg', 'latin1').split(' ')[0]),
  };
}

/** What a run writes itself does not change what the next one measures. */
const NOT_RESULTS = [':(top)', ':(top,exclude)bench/results', ':(top,exclude)bench/history.csv'];

/** The commit that is measured, marked where files differ from it. */
export async function commit(): Promise<string> {
  const git = async (...args: string[]) => (await run('git', args, { cwd: import.meta.dirname })).stdout.trim();
  try {
    const changed =
      (await git('status', '--porcelain', '--untracked-files=no', '--', ...NOT_RESULTS)) === '' ? '' : '+changes';
    return (await git('rev-parse', '--short=12', 'HEAD')) + changed;
  } catch {
    return 'unknown';
  }
}

/** Of what the figures depend on. */
export async function versions(system: System): Promise<Record<string, string>> {
  const database = await system.database('queue');
  const [row] = (await database.query('SELECT VERSION() AS version')) as { version: string }[];
  const redis = new Redis(system.stack.admin.redisUrl);
  const info = await redis.info('server');
  redis.disconnect();
  const pom = readFileSync(new URL('../../../infra/kafka/pom.xml', import.meta.url), 'utf8');
  return {
    node: process.versions.node,
    database: row?.version ?? 'unknown',
    redis: /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown',
    kafka: /<kafka\.version>([^<]+)/.exec(pom)?.[1] ?? 'unknown',
  };
}
