import { configOrExit, runUntilSignal } from '@stagedoor/platform';
import { buildApp } from './app.ts';
import { configSchema } from './config.ts';

const app = buildApp(configOrExit(configSchema, process.env, { app: 'result-worker' }));

await runUntilSignal({ start: app.start, close: app.close, logger: app.logger, timeoutMs: 30_000 });
