import { type Context, context, isSpanContextValid, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { Sampler } from '@opentelemetry/sdk-trace';
import type { TelemetryConfig } from '../config/fragments.ts';
import type { Logger } from '../runtime/logger.ts';

let tracing = false;

/** Whether spans are made at all. Hot paths ask this first: without it, tracing costs them one comparison. */
export const isTracing = (): boolean => tracing;

/** Makes the project's spans; makes nothing before startTracing. */
export const tracer = trace.getTracer('stagedoor');

// Spans beyond this, while the collector is away or slow, are dropped rather than kept in memory.
const MAX_QUEUED_SPANS = 8_192;
const MAX_EXPORTED_SPANS = 512;
// More than any batch has commands.
const MAX_LINKS = 1_000;
const EXPORT_INTERVAL_MS = 1_000;
const EXPORT_TIMEOUT_MS = 5_000;
// Of what is left when the process ends.
const SHUTDOWN_TIMEOUT_MS = 3_000;

/**
 * Begins to trace, if the configuration says so; answers what flushes and ends it. The SDK is loaded only then, so that
 * whoever does not trace pays for none of it. A collector that cannot be reached costs spans, never requests.
 */
export async function startTracing(config: TelemetryConfig, app: string, logger: Logger): Promise<() => Promise<void>> {
  if (config.OTEL_TRACES_EXPORTER === 'none') return async () => {};
  const [sdk, { OTLPTraceExporter }, { resourceFromAttributes }, hooks, { W3CTraceContextPropagator }] =
    await Promise.all([
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/context-async-hooks'),
      import('@opentelemetry/core'),
    ]);
  const url = `${config.OTEL_EXPORTER_OTLP_ENDPOINT.replace(/\/+$/, '')}/v1/traces`;
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': app, 'service.namespace': 'stagedoor' }),
    // Whoever traces the caller's part of a payment gets the rest of it: a trace is whole or not there.
    sampler: new sdk.ParentBasedSampler({
      root: linkedOr(new sdk.AlwaysOnSampler(), new sdk.TraceIdRatioBasedSampler(config.OTEL_TRACES_SAMPLER_ARG)),
    }),
    spanLimits: { linkCountLimit: MAX_LINKS },
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS }),
        maxQueueSize: MAX_QUEUED_SPANS,
        maxExportBatchSize: MAX_EXPORTED_SPANS,
        scheduledDelayMillis: EXPORT_INTERVAL_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  });
  context.setGlobalContextManager(new hooks.AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  tracing = true;
  logger.info({ url, share: config.OTEL_TRACES_SAMPLER_ARG }, 'tracing');
  return async () => {
    tracing = false;
    const late = AbortSignal.timeout(SHUTDOWN_TIMEOUT_MS);
    await Promise.race([provider.shutdown(), new Promise((resolve) => late.addEventListener('abort', resolve))]).catch(
      (error: unknown) => logger.warn({ err: error }, 'the last spans were not sent'),
    );
  };
}

/** A batch is linked only to commands that are sampled: then it is sampled, too, and otherwise its trace would lack it. */
function linkedOr(linked: Sampler, others: Sampler): Sampler {
  return {
    shouldSample: (...span) => (span[5].length > 0 ? linked : others).shouldSample(...span),
    toString: () => `LinkedOr{${others.toString()}}`,
  };
}

/** Where a W3C `traceparent` goes on; undefined where there is none, or it is not sampled. */
export function continued(traceparent: string | undefined): Context | undefined {
  if (traceparent === undefined) return undefined;
  const parent = propagation.extract(ROOT_CONTEXT, { traceparent });
  return isSampled(parent) ? parent : undefined;
}

/** The `traceparent` by which others go on from a context; undefined where there is no span in it. */
export function traceparentOf(at: Context): string | undefined {
  const carrier: { traceparent?: string } = {};
  propagation.inject(at, carrier);
  return carrier.traceparent;
}

/** What a log line says about the span that it was written in: `trace_id` and `span_id`, as OpenTelemetry names them. */
export function traceIds(): { trace_id?: string; span_id?: string } {
  const span = tracing ? trace.getActiveSpan()?.spanContext() : undefined;
  return span !== undefined && isSpanContextValid(span) ? { trace_id: span.traceId, span_id: span.spanId } : {};
}

export function isSampled(at: Context): boolean {
  const span = trace.getSpanContext(at);
  return span !== undefined && isSpanContextValid(span) && (span.traceFlags & 1) === 1;
}
