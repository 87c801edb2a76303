import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { withFigures } from '../../bench/src/report/markdown.ts';
import { recorded } from '../../bench/src/report/results.ts';
import { dashboards } from '../observability/dashboards/dashboards.ts';
import { APPS } from './apps.ts';
import { asyncApiDocument } from './asyncapi.ts';
import { withConfiguration } from './configuration.ts';
import { metricsDocument } from './metrics.ts';

const root = join(import.meta.dirname, '..', '..');

/** Every generated document: its path in the repository, and its text. */
export async function generatedDocuments(): Promise<Map<string, string>> {
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const report = recorded();
  const documents = new Map([
    ['docs/api/asyncapi.yaml', stringify(asyncApiDocument(), { aliasDuplicateObjects: false })],
    ['docs/metrics.md', await metricsDocument()],
    ...dashboards(),
    ['README.md', await withConfiguration(read('README.md'))],
    ...['docs/performance.md', 'docs/capacity.md'].map((path): [string, string] => [
      path,
      withFigures(read(path), report),
    ]),
  ]);
  for (const app of APPS) {
    const { openApiDocument } = (await import(`../../apps/${app}/src/openapi.ts`)) as {
      openApiDocument(): Promise<object>;
    };
    documents.set(`docs/api/${app}.openapi.json`, `${JSON.stringify(await openApiDocument(), null, 2)}\n`);
  }
  return documents;
}
