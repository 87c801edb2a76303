import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One thing that a service logged at level error or fatal, however often. */
export interface LoggedError {
  service: string;
  level: 'error' | 'fatal';
  /** The line's message and the error's own, without what differs from one time to the next. */
  what: string;
  count: number;
}

/** What the logs of a run tell besides its end state. */
export interface ServiceLogs {
  errors: LoggedError[];
  /** Ends of processes that no fault brought about, by process: it gave up, or could not start. */
  gaveUp: { process: string; how: string; count: number }[];
}

/** What a log says about an error that nobody caught: always a bug, whatever was broken at the time. */
const UNHANDLED = 'unhandled error';

/** A service logs ten errors a second at most, and says later how many others there were, not which. */
const LEFT_OUT = '(lines that were left out, there were too many)';

export const crashesOf = ({ errors }: ServiceLogs): LoggedError[] =>
  errors.filter(({ level, what }) => level === 'fatal' && what.startsWith(UNHANDLED));

/** Reads what the services' processes logged; what a log that grew too large has thrown away is not counted. */
export function readServiceLogs(folder: string, processes: readonly { name: string; service: string }[]): ServiceLogs {
  const logs = processes.map(({ name, service }) => ({
    name,
    service,
    text: [`${name}.log.1`, `${name}.log`]
      .map((file) => join(folder, file))
      .filter((file) => existsSync(file))
      .map((file) => readFileSync(file, 'utf8'))
      .join(''),
  }));
  return summarise(logs);
}

/** Counts what is alike, most frequent first. Pure. */
export function summarise(logs: readonly { name: string; service: string; text: string }[]): ServiceLogs {
  const errors = new Map<string, LoggedError>();
  const gaveUp = new Map<string, ServiceLogs['gaveUp'][number]>();
  for (const { name, service, text } of logs) {
    for (const line of text.split('\n')) {
      const how = /^--- \S+ ended \((exit code [1-9]\d*)\)/.exec(line)?.[1];
      if (how !== undefined) count(gaveUp, `${name} ${how}`, { process: name, how, count: 0 }, 1);
      const error = readError(line);
      if (error !== null) {
        const { leftOut, ...logged } = error;
        count(errors, `${service} ${logged.level} ${logged.what}`, { service, ...logged, count: 0 }, 1);
        if (leftOut > 0) {
          count(errors, `${service} left out`, { service, level: 'error', what: LEFT_OUT, count: 0 }, leftOut);
        }
      }
    }
  }
  const byCount = (a: { count: number }, b: { count: number }) => b.count - a.count;
  return { errors: [...errors.values()].sort(byCount), gaveUp: [...gaveUp.values()].sort(byCount) };
}

function count<T extends { count: number }>(counted: Map<string, T>, key: string, first: T, times: number): void {
  const entry = counted.get(key) ?? first;
  entry.count += times;
  counted.set(key, entry);
}

/** The services log one JSON a line; null for one below error, and for what is none. */
function readError(line: string): (Pick<LoggedError, 'level' | 'what'> & { leftOut: number }) | null {
  if (!/"level":"(error|fatal)"/.test(line)) return null;
  let logged: { level?: unknown; msg?: unknown; err?: { type?: unknown; message?: unknown }; linesLeftOut?: unknown };
  try {
    logged = JSON.parse(line);
  } catch {
    return null;
  }
  if (logged.level !== 'error' && logged.level !== 'fatal') return null;
  const error = logged.err === undefined ? '' : `: ${logged.err.type} ${logged.err.message}`;
  const leftOut = typeof logged.linesLeftOut === 'number' ? logged.linesLeftOut : 0;
  return { level: logged.level, what: alike(`${logged.msg}${error}`), leftOut };
}

const LONGEST = 140;

/** Without numbers, ids and line ends, which make two of the same look different. */
function alike(text: string): string {
  const plain = text
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<id>')
    .replace(/\d+/g, '#')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST)}…` : plain;
}
