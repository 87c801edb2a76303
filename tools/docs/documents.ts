import { stringify } from 'yaml';
import { asyncApiDocument } from './asyncapi.ts';

const APPS = ['queue-gateway', 'reservation-service', 'payment-worker', 'result-worker'] as const;

/** Every generated document: its path in the repository, and its text. */
export async function generatedDocuments(): Promise<Map<string, string>> {
  const documents = new Map([
    ['docs/api/asyncapi.yaml', stringify(asyncApiDocument(), { aliasDuplicateObjects: false })],
  ]);
  for (const app of APPS) {
    const { openApiDocument } = (await import(`../../apps/${app}/src/openapi.ts`)) as {
      openApiDocument(): Promise<object>;
    };
    documents.set(`docs/api/${app}.openapi.json`, `${JSON.stringify(await openApiDocument(), null, 2)}\n`);
  }
  return documents;
}
