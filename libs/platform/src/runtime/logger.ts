import { Writable } from 'node:stream';
import { type DestinationStream, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import { traceIds } from '../telemetry/tracing.ts';

export type { Logger } from 'pino';

/** How a logger is set up. */
export interface LoggerOptions {
  /** Name of the app; on every line. */
  name: string;
  /** fatal, error, warn, info, debug, trace or silent. */
  level: string;
  /** Lines for people instead of JSON. */
  pretty: boolean;
  /** Where lines go; standard output unless given. */
  destination?: DestinationStream;
}

// Whatever may carry a credential, wherever our own log calls put it: at the top, or one or two levels down.
const secretNames = [
  'authorization',
  'cookie',
  'token',
  'admissionToken',
  'ticket',
  'password',
  'secret',
  'privateKey',
  'sasl',
  '["x-admission-token"]',
  '["sec-websocket-protocol"]',
  '["set-cookie"]',
  '["idempotency-key"]',
];
const redact = secretNames.flatMap((name) => {
  const member = name.startsWith('[') ? name : `.${name}`;
  return [name, `*${member}`, `*.headers${member}`];
});

/** A pino logger that writes JSON lines (or pretty ones) with ISO times and blacks out tokens, keys and passwords. */
export function createLogger({ name, level, pretty: forPeople, destination }: LoggerOptions): Logger {
  const options = {
    name,
    level,
    base: { name },
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: traceIds,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: redact, censor: '[redacted]' },
  };
  if (forPeople) {
    const lines = destination && writableTo(destination);
    return pino(options, pretty({ colorize: process.stdout.isTTY, sync: true, ...(lines && { destination: lines }) }));
  }
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** What pino-pretty writes to. */
function writableTo(destination: DestinationStream): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      destination.write(String(chunk));
      done();
    },
  });
}
