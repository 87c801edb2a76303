import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { dashboards } from '../observability/dashboards/dashboards.ts';
import { APPS } from './apps.ts';
import { asyncApiDocument } from './asyncapi.ts';
import { withConfiguration } from './configuration.ts';
import { metricsDocument } from './metrics.ts';

const root = join(import.meta.dirname, '..', '..');

/** Every generated document: its path in the repository, and its text. */
export async function generatedDocuments(): Promise<Map<string, string>> {
  const documents = new Map([
    ['docs/api/asyncapi.yaml', stringify(asyncApiDocument(), { aliasDuplicateObjects: false })],
    ['docs/metrics.md', await metricsDocument()],
    ...dashboards(),
    ['README.md', await withConfiguration(readFileSync(join(root, 'README.md'), 'utf8'))],
  ]);
  for (const app of APPS) {
    const { openApiDocument } = (await import(`../../apps/${app}/src/openapi.ts`)) as {
      openApiDocument(): Promise<object>;
    };
    documents.set(`docs/api/${app}.openapi.json`, `${JSON.stringify(await openApiDocument(), null, 2)}\n`);
  }
  return documents;
}
