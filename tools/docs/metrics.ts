import type { Metrics } from '@stagedoor/platform';
import { parseConfig } from '@stagedoor/platform';
import { testKeys } from '@stagedoor/testkit';
import type { z } from 'zod';
import { APPS, type AppName } from './apps.ts';

/** A metric as an app registers it. */
export interface KnownMetric {
  name: string;
  type: string;
  help: string;
  labels: readonly string[];
  apps: AppName[];
}

/** What prom-client knows of a metric beside its values. */
interface Registered {
  name: string;
  help: string;
  labelNames: readonly string[];
  constructor: { name: string };
}

// Nothing listens there, and nothing is started: an app registers its metrics where it is built.
const addresses = {
  NODE_ENV: 'test',
  LOG_LEVEL: 'fatal',
  MYSQL_URL: 'mysql://nobody:nothing@127.0.0.1:1/none',
  REDIS_URL: 'redis://nobody:nothing@127.0.0.1:1',
  KAFKA_BROKERS: '127.0.0.1:1',
  QUEUE_TICKET_SECRET: 'x'.repeat(32),
  PROVIDER_URL: 'http://127.0.0.1:1',
};

async function registeredBy(app: AppName, env: Record<string, string>): Promise<Registered[]> {
  const { configSchema } = (await import(`../../apps/${app}/src/config.ts`)) as { configSchema: z.ZodObject };
  const { buildApp } = (await import(`../../apps/${app}/src/app.ts`)) as {
    buildApp(config: unknown): { metrics: Metrics; close(): Promise<void> };
  };
  const { metrics, close } = buildApp(parseConfig(configSchema, env, { app }));
  const found = metrics.registry.getMetricsAsArray() as unknown as Registered[];
  // Asks its database for seconds, which is not there; nothing waits for that.
  void close().catch(() => {});
  return found;
}

/** Every metric of the four apps, by name. */
export async function knownMetrics(): Promise<KnownMetric[]> {
  const keys = testKeys();
  try {
    const env = { ...keys.env, ...addresses };
    const perApp = await Promise.all(APPS.map(async (app) => [app, await registeredBy(app, env)] as const));
    const known = new Map<string, KnownMetric>();
    for (const [app, registered] of perApp) {
      for (const { name, help, labelNames: labels, constructor: kind } of registered) {
        const metric = known.get(name) ?? { name, help, labels, type: kind.name.toLowerCase(), apps: [] };
        metric.apps.push(app);
        known.set(name, metric);
      }
    }
    return [...known.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  } finally {
    keys.remove();
  }
}

const isOurs = ({ name }: KnownMetric): boolean => !/^(nodejs|process)_/.test(name);
const cell = (text: string): string => text.replaceAll('|', '\\|');

/** docs/metrics.md. */
export async function metricsDocument(): Promise<string> {
  const rows = (await knownMetrics()).filter(isOurs).map(({ name, type, labels, help, apps }) => {
    const named = labels.map((label) => `\`${label}\``).join(' ');
    return `| \`${name}\` | ${type} | ${named} | ${cell(help)} | ${apps.length === APPS.length ? 'all' : apps.join(', ')} |`;
  });
  return `# Metrics

What the apps show at \`/metrics\`; \`npm run docs\` writes this page from their code. Names and units are Prometheus', those of
messaging, HTTP and database connections OpenTelemetry's semantic conventions as Prometheus writes them. Every series has the
label \`app\`. Labels are bounded: routes are patterns, and nothing is labelled with a fan, a reservation or a seat; \`schedule\`
is as many as there are shows with a waiting room.

Beside these, each app has Node's own (\`nodejs_eventloop_lag_p99_seconds\`, \`nodejs_gc_duration_seconds\`, …) and the
process's (\`process_cpu_seconds_total\`, \`process_resident_memory_bytes\`, …). \`npm run reconcile -- --metrics <file>\` writes
\`reconcile_differences{kind}\` and \`reconcile_finished_timestamp_seconds\`, which are what the invariants I1 to I5 come to.

| metric | type | labels | what it is | apps |
|---|---|---|---|---|
${rows.join('\n')}
`;
}
