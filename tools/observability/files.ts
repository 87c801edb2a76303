import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const root = join(import.meta.dirname, '..', '..');
export const prometheusFolder = join(root, 'infra/observability/prometheus');
const dashboardsFolder = join(root, 'infra/observability/grafana/dashboards');

export interface Alert {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: { summary: string; description: string; runbook_url: string };
}

export interface AlertTest {
  alertname: string;
  exp_alerts?: unknown[];
}

export interface Dashboard {
  uid: string;
  title: string;
  panels: {
    id: number;
    title: string;
    description: string;
    datasource: { uid: string };
    targets: { expr: string; refId: string }[];
  }[];
}

const yamlIn = (folder: string): unknown[] =>
  readdirSync(join(prometheusFolder, folder)).map((file) =>
    parse(readFileSync(join(prometheusFolder, folder, file), 'utf8')),
  );

/** Every alert of every rule file. */
export const alerts = (): Alert[] =>
  (yamlIn('rules') as { groups: { rules: Alert[] }[] }[]).flatMap(({ groups }) => groups.flatMap(({ rules }) => rules));

/** What promtool's unit tests expect of alerts. */
export const alertTests = (): AlertTest[] =>
  (yamlIn('tests') as { tests: { alert_rule_test: AlertTest[] }[] }[]).flatMap(({ tests }) =>
    tests.flatMap(({ alert_rule_test: expected }) => expected),
  );

export const dashboards = (): Dashboard[] =>
  readdirSync(dashboardsFolder).map(
    (file) => JSON.parse(readFileSync(join(dashboardsFolder, file), 'utf8')) as Dashboard,
  );

/** A query, and where it stands. */
export interface NamedQuery {
  where: string;
  expr: string;
}

/** Every query of every alert and panel. */
export const allQueries = (): NamedQuery[] => [
  ...alerts().map(({ alert, expr }) => ({ where: `alert ${alert}`, expr })),
  ...dashboards().flatMap(({ uid, panels }) =>
    panels.flatMap(({ title, targets }) =>
      targets.map(({ expr, refId }) => ({ where: `${uid}: ${title} (${refId})`, expr })),
    ),
  ),
];

/** Runbooks of alerts: their names, and what they say. */
export const runbooks = (): Map<string, string> =>
  new Map(
    readdirSync(join(root, 'docs/runbooks'))
      .filter((file) => file.startsWith('Stagedoor'))
      .map((file) => [file.replace(/\.md$/, ''), readFileSync(join(root, 'docs/runbooks', file), 'utf8')]),
  );
