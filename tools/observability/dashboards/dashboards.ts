import { messaging } from './messaging.ts';
import { overview } from './overview.ts';
import { dashboardJson, type Panel } from './panels.ts';
import { services } from './services.ts';

const FOLDER = 'infra/observability/grafana/dashboards';

const all: readonly [name: string, title: string, rows: readonly (readonly Panel[])[]][] = [
  ['overview', 'Stagedoor', overview],
  ['services', 'Stagedoor services', services],
  ['messaging', 'Stagedoor messaging', messaging],
];

/** Every dashboard: its path in the repository, and its JSON. */
export const dashboards = (): Map<string, string> =>
  new Map(
    all.map(([name, title, rows]) => [`${FOLDER}/${name}.json`, dashboardJson(`stagedoor-${name}`, title, rows)]),
  );
