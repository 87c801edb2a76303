import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { prometheusFolder } from './files.ts';

const START_TIMEOUT_MS = 30_000;
const POLL_MS = 200;

/** A series that a query brought; `values` are those that are numbers. */
export interface Series {
  labels: Record<string, string>;
  values: number[];
}

/** A rule as Prometheus runs it. */
export interface RunningRule {
  name: string;
  state: 'inactive' | 'pending' | 'firing';
  health: string;
  lastError?: string;
}

/** A real Prometheus with the project's rules. */
export interface RunningPrometheus {
  /** Over a stretch of time, in seconds since 1970, a value every `step` seconds. @throws Error when it is no query */
  range(query: string, from: number, to: number, step: number): Promise<Series[]>;
  rules(): Promise<RunningRule[]>;
  stop(): Promise<void>;
}

/**
 * Starts it with the project's configuration, but for where the targets are.
 * @param targets host:port of the replicas, by job
 */
export async function startPrometheus(
  program: string,
  targets: Record<string, string[]>,
  intervalSeconds: number,
): Promise<RunningPrometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'stagedoor-prometheus-'));
  const port = await freePort();
  const log = join(folder, 'log');
  writeFileSync(join(folder, 'prometheus.yml'), stringify(configuration(targets, intervalSeconds)));
  const child = spawn(
    program,
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ['ignore', 'ignore', openSync(log, 'a')], detached: true },
  );
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(url, child, log);
  } catch (error) {
    await stop();
    throw error;
  }
  const ask = async (path: string, parameters: Record<string, string> = {}): Promise<unknown> => {
    const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const answer = (await response.json()) as { status: string; error?: string; data: unknown };
    if (answer.status !== 'success') throw new Error(answer.error);
    return answer.data;
  };
  return {
    stop,
    async range(query, from, to, step) {
      const data = await ask('query_range', { query, start: String(from), end: String(to), step: String(step) });
      const { result } = data as { result: { metric: Record<string, string>; values: [number, string][] }[] };
      return result.map(({ metric, values }) => ({
        labels: metric,
        values: values.map(([, value]) => Number(value)).filter((value) => !Number.isNaN(value)),
      }));
    },
    async rules() {
      const { groups } = (await ask('rules')) as { groups: { rules: RunningRule[] }[] };
      return groups.flatMap(({ rules }) => rules);
    },
  };
}

function configuration(targets: Record<string, string[]>, intervalSeconds: number): object {
  const { scrape_configs: jobs } = parse(readFileSync(join(prometheusFolder, 'prometheus.yml'), 'utf8')) as {
    scrape_configs: { job_name: string; dns_sd_configs?: unknown; static_configs?: unknown }[];
  };
  const known = jobs.filter(({ job_name: name }) => name in targets).map(({ job_name: name }) => name);
  const missing = Object.keys(targets).filter((name) => !known.includes(name));
  if (missing.length > 0) throw new Error(`prometheus.yml has no job ${missing.join(', ')}`);
  return {
    global: { scrape_interval: `${intervalSeconds}s`, evaluation_interval: `${intervalSeconds}s` },
    rule_files: [join(prometheusFolder, 'rules', '*.yml')],
    scrape_configs: jobs
      .filter(({ job_name: name }) => name in targets)
      .map(({ dns_sd_configs: _, ...job }) => ({ ...job, static_configs: [{ targets: targets[job.job_name] }] })),
  };
}

async function untilReady(url: string, child: ChildProcess, log: string): Promise<void> {
  const until = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < until && child.exitCode === null) {
    const ready = await fetch(`${url}/-/ready`).catch(() => null);
    if (ready?.ok) return;
    await sleep(POLL_MS);
  }
  throw new Error(`Prometheus does not start:\n${readFileSync(log, 'utf8')}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
