import { createLogger, type Logger } from '@stagedoor/platform';

/** Says nothing, unless TEST_LOG_LEVEL asks for more. */
export const quietLogger: Logger = createLogger({
  name: 'test',
  level: process.env.TEST_LOG_LEVEL ?? 'silent',
  pretty: true,
});
