import type { SuiteRecord } from '../measure/record.ts';
import { startSpanSink } from '../system/span-sink.ts';
import { APPS } from '../system/system.ts';
import { playJourneys } from './journey.ts';
import type { Suite } from './suite.ts';

/** Low enough for two cores also when everything is traced: what queues would hide what costs. */
const RATE_PER_SECOND = 300;
const ROUNDS = 3;
/** null: tracing is off; else the share of requests whose traces are kept. */
const SHARES = { off: null, '1%': 0.01, '100%': 1 } as const;
type Way = keyof typeof SHARES;
const WAYS = Object.keys(SHARES) as Way[];

/** What tracing costs a purchase: off, sampled a little and in full by turns, so that a drifting machine shows as spread. */
export const tracing: Suite = {
  name: 'tracing',
  summary: `whole purchases, ${RATE_PER_SECOND} fans/s, traced not at all, to 1 % and in full, ${ROUNDS} times by turns`,
  besideSeconds: ROUNDS * WAYS.length * 25,
  windows: ROUNDS * WAYS.length,
  onRequest: true,
  async run(context) {
    const records: Record<string, SuiteRecord> = {};
    const sink = await startSpanSink();
    try {
      for (let round = 1; round <= ROUNDS; round++) {
        for (const way of WAYS) {
          const name = `tracing-${way}-${round}`;
          const bytesBefore = sink.bytes;
          const record = await playJourneys(context, {
            name,
            ratePerSecond: RATE_PER_SECOND,
            floor: null,
            env: tracedTo(way, sink.url),
          });
          records[name] = withSpans(record, sink.bytes - bytesBefore, way);
          context.tell(`${name}: ${record.cpuMicrosPerOp?.total?.toFixed(0)} us of CPU per purchase`);
        }
      }
    } finally {
      sink.close();
    }
    return { ...records, tracing: comparisonOf(records) };
  },
};

const tracedTo = (way: Way, url: string) => {
  const share = SHARES[way];
  const env: Record<string, string> =
    share === null
      ? {}
      : {
          OTEL_TRACES_EXPORTER: 'otlp',
          OTEL_EXPORTER_OTLP_ENDPOINT: url,
          OTEL_TRACES_SAMPLER_ARG: String(share),
        };
  return Object.fromEntries(APPS.map((app) => [app, env]));
};

/** A record of something that was not traced as it should have been does not count. */
function withSpans(record: SuiteRecord, bytes: number, way: Way): SuiteRecord {
  const extra = { ...record.extra, 'spans kB': bytes / 1_000 };
  if (bytes > 0 === (SHARES[way] !== null)) return { ...record, extra };
  return { ...record, extra, valid: false, notes: [...(record.notes ?? []), `${bytes} bytes of spans came`] };
}

/** CPU per purchase of each way: the median of its rounds, from the least to the most, and against the one without. */
function comparisonOf(records: Record<string, SuiteRecord>): SuiteRecord {
  const extra: Record<string, number | string> = {};
  let off = Number.NaN;
  for (const way of WAYS) {
    const rounds = Array.from({ length: ROUNDS }, (_, index) => records[`tracing-${way}-${index + 1}`]);
    const micros = rounds.map((record) => appMicros(record)).sort((a, b) => a - b);
    const median = micros[Math.floor(ROUNDS / 2)] as number;
    if (way === 'off') off = median;
    extra[`${way}: us of the apps per purchase`] =
      `${median.toFixed(0)} (${micros[0]?.toFixed(0)} to ${micros.at(-1)?.toFixed(0)})`;
    if (way !== 'off') extra[`${way}: times without`] = median / off;
  }
  return { valid: Object.values(records).every(({ valid }) => valid), extra };
}

/** Of the four apps: what stands around them does the same work whether it is traced or not. */
const appMicros = (record: SuiteRecord | undefined): number =>
  APPS.reduce((sum, app) => sum + (record?.cpuMicrosPerOp?.[app] ?? Number.NaN), 0);
