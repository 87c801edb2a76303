import { createLogger, createMetrics } from '@stagedoor/platform';
import { appServer } from './inbound/http/server.ts';

/** Stands where the parts of a running app would; whatever is called on it fails. */
const notServed = new Proxy(
  {},
  {
    get() {
      throw new Error('this server only describes itself');
    },
  },
) as never;

/** The app's OpenAPI document, without connecting to anything. */
export async function openApiDocument(): Promise<object> {
  const server = appServer({
    config: { HOST: '127.0.0.1', PORT: 0, HTTP_MAX_IN_FLIGHT: 1_000, FAN_MAX_REQUESTS_PER_SECOND: 0 },
    logger: createLogger({ name: 'queue-gateway', level: 'silent', pretty: false }),
    metrics: createMetrics('queue-gateway'),
    readiness: {},
    verifier: notServed,
    places: notServed,
    endings: notServed,
    rooms: notServed,
    webSockets: {
      sessions: { hub: { all: () => [] } } as never,
      bounds: notServed,
      metrics: notServed,
      clock: notServed,
      logger: notServed,
    },
    publicKeys: { keys: [] },
    devTokens: () => '',
  });
  await server.ready();
  const document = server.swagger();
  await server.close();
  return document;
}
