import { allTopics, type TopicSettings } from '@stagedoor/contracts';
import { ConfigError, describeConfig, parseConfig } from '@stagedoor/platform';
import type { z } from 'zod';
import { APPS, type AppName } from '../docs/apps.ts';

/** One entry of infra/edge/routes.mjs. */
export type EdgeRoute = { app: string } & ({ exact: string } | { prefix: string } | { pattern: string });

/** What the code says, which the manifests must agree with. */
export interface Facts {
  apps: readonly AppName[];
  topics: readonly TopicSettings[];
  /** Each app's consumer group. */
  groups: Record<string, string>;
  /** Each app's variables, and which of them have no default. */
  variables: Record<string, { known: string[]; required: string[] }>;
  /** What an app says of this environment before it refuses to start; nothing when it starts. */
  refusals: (app: string, environment: Record<string, string>) => string[];
  routes: EdgeRoute[];
  webSocket: EdgeRoute;
  pagesOf: (app: string) => { docs: string; openapi: string; health: string };
  /** What the edge lets one address send. */
  requestsPerSecond: number;
}

interface Routes {
  ROUTES: EdgeRoute[];
  WEBSOCKET_ROUTE: EdgeRoute;
  pagesOf: Facts['pagesOf'];
}

/** Reads them from the apps, the contracts and the edge. */
export async function readFacts(): Promise<Facts> {
  const groups: Facts['groups'] = {};
  const variables: Facts['variables'] = {};
  const schemas = new Map<string, z.ZodObject>();
  for (const app of APPS) {
    const { configSchema } = (await import(`../../apps/${app}/src/config.ts`)) as { configSchema: z.ZodObject };
    const { CONSUMER_GROUP } = (await import(`../../apps/${app}/src/inbound/kafka/subscriptions.ts`)) as {
      CONSUMER_GROUP: string;
    };
    const required = describeConfig(configSchema).filter(
      ({ name, default: value }) => value === null && !configSchema.shape[name]?.safeParse(undefined).success,
    );
    groups[app] = CONSUMER_GROUP;
    schemas.set(app, configSchema);
    variables[app] = { known: Object.keys(configSchema.shape), required: required.map(({ name }) => name) };
  }
  const edge = new URL('../../infra/edge/routes.mjs', import.meta.url).href;
  const { ROUTES: routes, WEBSOCKET_ROUTE: webSocket, pagesOf } = (await import(edge)) as Routes;
  const limits = new URL('../../infra/edge/limits.mjs', import.meta.url).href;
  const { edgeLimits } = (await import(limits)) as { edgeLimits: (env: object) => { requestsPerSecond: number } };
  const { requestsPerSecond } = edgeLimits({});
  const refusals: Facts['refusals'] = (app, environment) => {
    try {
      parseConfig(schemas.get(app) as z.ZodObject, environment, { app });
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return error.mistakes.map((mistake) => `${app}: ${mistake}`);
      throw error;
    }
  };
  return { apps: APPS, topics: allTopics, groups, variables, refusals, routes, webSocket, pagesOf, requestsPerSecond };
}
