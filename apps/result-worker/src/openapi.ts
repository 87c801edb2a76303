import { createLogger, createMetrics } from '@stagedoor/platform';
import { appServer } from './inbound/http/server.ts';

const notServed = async (): Promise<never> => {
  throw new Error('this server only describes itself');
};

/** The app's OpenAPI document, without connecting to anything. */
export async function openApiDocument(): Promise<object> {
  const server = appServer({
    config: { HOST: '127.0.0.1', PORT: 0, HTTP_MAX_IN_FLIGHT: 1_000, FAN_MAX_REQUESTS_PER_SECOND: 0 },
    logger: createLogger({ name: 'result-worker', level: 'silent', pretty: false }),
    metrics: createMetrics('result-worker'),
    readiness: {},
    verifier: { verify: notServed },
    deadLetters: { replay: notServed, discard: notServed },
    dryRuns: { of: notServed },
    letters: { list: notServed, find: notServed, actions: notServed },
    payments: { find: notServed },
  });
  await server.ready();
  const document = server.swagger();
  await server.close();
  return document;
}
