import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { findPrometheus } from '../../infra/bootstrap/prometheus.mjs';
import { alerts, alertTests, allQueries, dashboards, prometheusFolder, root, runbooks } from './files.ts';
import { metricsIn, thresholdsRemoved } from './promql.ts';
import { rightlyEmpty } from './rightly-empty.ts';

// Held against the code by tools/docs.
const documented = new Set(
  [...readFileSync(join(root, 'docs/metrics.md'), 'utf8').matchAll(/^\| `(\w+)` \|/gm)].map(
    ([, name]) => name as string,
  ),
);
/** Prometheus' own, and what no app shows. */
const others = /^(up|ALERTS|reconcile_differences|reconcile_finished_timestamp_seconds|(nodejs|process)_\w+)$/;
/** A histogram's series have its name with a suffix. */
const isKnown = (name: string): boolean =>
  documented.has(name) || documented.has(name.replace(/_(bucket|count|sum)$/, '')) || others.test(name);
const titles = new Set(dashboards().flatMap(({ panels }) => panels.map(({ title }) => title)));

test('the metrics of a query are found', () => {
  expect(documented.size).toBeGreaterThan(40);
  expect(
    metricsIn('sum by (le, app) (rate(a_seconds_bucket{x="b_total", y!~"c|d"}[2m])) / on (app) c_total > 0.5'),
  ).toEqual(['a_seconds_bucket', 'c_total']);
  expect(metricsIn('max(e) == 0 unless f_count > 1 or absent(up{job="g"})')).toEqual(['e', 'f_count', 'up']);
});

test('what an alert compares is found', () => {
  expect(thresholdsRemoved('sum(a) > 0\nunless\nsum(rate(b[2m])) > 0.5')).toEqual(['sum(a)', 'sum(rate(b[2m]))']);
  expect(thresholdsRemoved('up == 0 or absent(up{job="x"})')).toEqual(['up or absent(up{job="x"})']);
});

test('what is rightly empty is there', () => {
  const places = allQueries().map(({ where }) => where);
  expect(Object.keys(rightlyEmpty).filter((where) => !places.includes(where))).toEqual([]);
});

test.each(allQueries())('$where reads metrics that there are', ({ expr }) => {
  const names = metricsIn(expr);
  expect(names).not.toEqual([]);
  expect(names.filter((name) => !isKnown(name))).toEqual([]);
});

describe.each(alerts())('$alert', ({ alert, labels, annotations, ...rule }) => {
  test('says what it is, how bad, since when, and what to do', () => {
    expect(labels.severity).toMatch(/^(page|ticket)$/);
    expect(annotations.summary).toMatch(/.{10}/);
    expect(annotations.description).toMatch(/\.$/);
    expect(annotations.runbook_url).toBe(`docs/runbooks/${alert}.md`);
    // Whatever happened once is told at once; whatever lasts may be over in a moment.
    expect(rule.for !== undefined || /increase\(|reconcile_differences/.test(rule.expr)).toBe(true);
  });

  test('is shown to fire, and not to fire', () => {
    const expected = alertTests().filter(({ alertname }) => alertname === alert);
    expect(expected.some(({ exp_alerts: fires = [] }) => fires.length > 0)).toBe(true);
    expect(expected.some(({ exp_alerts: fires = [] }) => fires.length === 0)).toBe(true);
  });

  test('has a runbook of its severity', () => {
    expect(runbooks().get(alert)).toContain(`\`severity: ${labels.severity}\``);
  });
});

test('each runbook has its alert', () => {
  expect([...runbooks().keys()].sort()).toEqual(
    alerts()
      .map(({ alert }) => alert)
      .sort(),
  );
});

describe.each([...runbooks()])('docs/runbooks/%s.md', (name, text) => {
  test('says what to look at, what to do, whom to wake', () => {
    expect(text).toMatch(new RegExp(`^# ${name}\n`));
    for (const part of ['**Look**', '**Do**', '**Wake**']) expect(text).toContain(part);
  });

  test('names metrics and panels that there are', () => {
    const families =
      /\b(http_server|messaging|db_client|group_commit|queue|reservation|payments|refunds|provider|result)_[a-z_]+_(total|seconds|messages|open|pending|flight|requests|commands|available|possible|count|max|paused|letters|waiting)\b/g;
    const metrics = [...text.matchAll(families)].flatMap(([found]) => metricsIn(found));
    expect(metrics.filter((metric) => !isKnown(metric))).toEqual([]);
    const panels = [...text.matchAll(/[Pp]anels? ((?:\*[^*]+\*(?:,? and )?)+)/g)].flatMap(([, list]) =>
      [...(list as string).matchAll(/\*([^*]+)\*/g)].map(([, title]) => (title as string).replace(/\s+/g, ' ')),
    );
    expect(panels.filter((title) => !titles.has(title))).toEqual([]);
  });

  test('links to pages that there are, and names commands that there are', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
    const links = [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, link]) => link as string);
    expect(links.filter((link) => !existsSync(join(root, 'docs/runbooks', link)))).toEqual([]);
    const commands = [...text.matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, script]) => script as string);
    expect(commands.filter((script) => !(script in scripts))).toEqual([]);
  });
});

test.each(dashboards())(
  '$title: panels have ids of their own, a description, and a data source that is provisioned',
  ({ panels }) => {
    const file = join(root, 'infra/observability/grafana/provisioning/datasources/stagedoor.yml');
    const { datasources } = parse(readFileSync(file, 'utf8')) as { datasources: { uid: string }[] };
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { description, datasource } of panels) {
      expect(description).not.toBe('');
      expect(datasources.map(({ uid }) => uid)).toContain(datasource.uid);
    }
  },
);

const promtool = findPrometheus('promtool');
describe.skipIf(promtool === null)('promtool (npm run test:observability brings it)', () => {
  const files = (folder: string) =>
    readdirSync(join(prometheusFolder, folder)).map((file) => join(prometheusFolder, folder, file));
  const run = (...args: string[]): string =>
    execFileSync(promtool as string, args, { encoding: 'utf8', cwd: dirname(prometheusFolder), stdio: 'pipe' });

  test('takes the configuration and the rules', () => {
    // The rules are named by where they are in the container.
    run('check', 'config', '--syntax-only', join(prometheusFolder, 'prometheus.yml'));
    run('check', 'rules', ...files('rules'));
  });

  test('unit tests', () => {
    expect(run('test', 'rules', ...files('tests')).match(/SUCCESS/g)).toHaveLength(files('tests').length);
  });
});
