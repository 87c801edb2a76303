import { createLogger, createMetrics } from '@stagedoor/platform';
import { configSchema } from './config.ts';
import { appServer } from './inbound/http/server.ts';

const notServed = async (): Promise<never> => {
  throw new Error('this server only describes itself');
};

/** The app's OpenAPI document, without connecting to anything. */
export async function openApiDocument(): Promise<object> {
  const server = appServer({
    config: { HOST: '127.0.0.1', PORT: 0, HTTP_MAX_IN_FLIGHT: 1_000, FAN_MAX_REQUESTS_PER_SECOND: 0 },
    logger: createLogger({ name: 'payment-worker', level: 'silent', pretty: false }),
    metrics: createMetrics('payment-worker'),
    readiness: {},
    verifier: { verify: notServed },
    payments: { topUp: notServed },
    wallets: { balanceOf: notServed, entriesOf: notServed },
    fansTopUp: false,
    topUpMaxWon: configSchema.shape.TOP_UP_MAX_WON.parse(undefined),
  });
  await server.ready();
  const document = server.swagger();
  await server.close();
  return document;
}
