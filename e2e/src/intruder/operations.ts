import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { APPS } from '../../../infra/stack/index.mjs';

/** One operation of the HTTP interface, as its document describes it. */
export interface Operation {
  /** Method and path. */
  name: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  needsToken: boolean;
  /** The documented ones. */
  statuses: string[];
}

const documents = join(import.meta.dirname, '..', '..', '..', 'docs', 'api');

/** Every operation of every service; a drift test holds these documents to the code. */
export function documentedOperations(): Operation[] {
  return APPS.flatMap(({ name: app }) => {
    const { paths } = JSON.parse(readFileSync(join(documents, `${app}.openapi.json`), 'utf8')) as {
      paths: Record<string, Record<string, { security?: object[]; responses: object }>>;
    };
    return Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security, responses }]) => ({
        name: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase() as Operation['method'],
        path,
        needsToken: security !== undefined,
        statuses: Object.keys(responses),
      })),
    );
  });
}
