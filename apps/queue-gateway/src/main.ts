import { configOrExit, runUntilSignal } from '@stagedoor/platform';
import { buildApp } from './app.ts';
import { configSchema } from './config.ts';

const app = buildApp(configOrExit(configSchema, process.env, { app: 'queue-gateway' }));

await runUntilSignal({ start: app.start, close: app.close, logger: app.logger, timeoutMs: 30_000 });
