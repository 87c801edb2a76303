import { readFileSync } from 'node:fs';
import { APPS, type System } from './system.ts';

const COMPLAINTS = new Set(['warn', 'error', 'fatal']);
const SHOWN = 3;

/** What the apps complained about most, from their logs: the first place to look when a record does not count. */
export function complaintsOf({ stack }: Pick<System, 'stack'>): string[] {
  const running = new Set(stack.processes().map(({ name }) => name));
  return APPS.filter((app) => running.has(app)).flatMap((app) => {
    const counts = new Map<string, number>();
    for (const line of readFileSync(stack.logFile(app), 'utf8').split('\n')) {
      if (!line.startsWith('{')) continue;
      const { level, msg, err } = parsed(line);
      if (level === undefined || !COMPLAINTS.has(level)) continue;
      const text = `${msg ?? ''}${err?.message === undefined ? '' : `: ${err.message}`}`.slice(0, 200);
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    return [...counts]
      .sort(([, a], [, b]) => b - a)
      .slice(0, SHOWN)
      .map(([text, count]) => `${app} logged ${count} times: ${text}`);
  });
}

function parsed(line: string): { level?: string; msg?: string; err?: { message?: string } } {
  try {
    return JSON.parse(line) as ReturnType<typeof parsed>;
  } catch {
    return {};
  }
}
