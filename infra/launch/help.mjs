/** What `npm start -- --help` prints. */
import { APP_NAMES } from '../stack/apps.mjs';
import { PORTS } from '../stack/ports.mjs';

const ports = Object.values(PORTS)
  .map(({ variable, default: port }) => `${variable}=${port}`)
  .join(' ');

export const HELP = `npm start -- [options]        everything: infrastructure, migrations, topics, the four apps, the edge
npm run infra -- [options]    the same without the apps, for "npx nx serve <app>"
npm run dev -- [options]      the apps restart when a file changes; inspect ports 9301-9304

  --yes, -y            do not ask before apt installs what is missing (with CI set, or no terminal, it is not asked either)
  --without <app>      leave an app out, to run it yourself; may be repeated (${APP_NAMES.join(', ')})
  --infra-only         no apps
  --profile load       no limits per address, token and fan, for a load generator
  --test               the tests' infrastructure instead, on free ports, until Ctrl-C
  --help, -h

Environment
  STAGEDOOR_HOME       data, keys, logs and downloads (.stagedoor in the repository)
  INFRA                native | compose | external; left out, it is found out. external takes QUEUE_MYSQL_URL,
                       RESERVATION_MYSQL_URL, PAYMENT_MYSQL_URL, RESULT_MYSQL_URL, QUEUE_REDIS_URL,
                       RESERVATION_REDIS_URL and KAFKA_BROKERS (and KAFKA_SSL, KAFKA_SASL_* where needed)
  EDGE_HOST            where the edge listens (this machine only)
  EDGE_REQUESTS_PER_SECOND, EDGE_REQUESTS_IN_PROGRESS, EDGE_WEBSOCKETS
                       most of one address (200, 500, 200); EDGE_TOKEN_REQUESTS_PER_SECOND: of one token (50); 0: no limit
  Ports                ${ports}
  Everything else that an app reads (HOLD_TTL_MS, LOG_LEVEL, …) reaches it from here.
`;

/** What `npm test -- --help` prints. */
export const TEST_HELP = `npm test                       everything: format, lint, types, and all tests on servers of their own; about 10 minutes
npm test -- <arguments>        only vitest, with these: --project <name>, words of a file's path, -t <words of a test's name>

  --infra-only                 the tests' infrastructure alone, until Ctrl-C (npm run infra -- --test does the same)
  --write-env=<file>           with it: where its variables are written (.stagedoor/test.env)
  --yes                        do not ask before apt installs what is missing
  --help, -h

The last line is "N passed, N failed"; the exit code is 0 when nothing failed, 130 when it was stopped.
`;
