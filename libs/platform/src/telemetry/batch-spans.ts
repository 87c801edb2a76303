import {
  type Context,
  context,
  createContextKey,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { isTracing, tracer } from './tracing.ts';

/** Of one batch: whose span an effect belongs to, by what it is about (a reservation's id). */
type SpansBySubject = ReadonlyMap<string, Span>;

const SPANS_OF_BATCH = createContextKey('the spans of the running batch');

/** One of a batch's commands, as far as tracing goes: the span that it was submitted in. */
export interface Traced {
  span: Span;
  subject: string | undefined;
}

/** The span that a command is submitted in, to be kept with it until its batch runs; undefined when it is not traced. */
export function submittedIn<Command>(
  subjectOf: ((command: Command) => string | undefined) | undefined,
  command: Command,
): Traced | undefined {
  if (!isTracing()) return undefined;
  const span = trace.getActiveSpan();
  return span?.isRecording() ? { span, subject: subjectOf?.(command) } : undefined;
}

/** Runs what outlives the request or message that happened to start it: nobody's span may cling to it. */
export const detached = <T>(run: () => T): T => (isTracing() ? context.with(ROOT_CONTEXT, run) : run());

/**
 * Runs a batch in a span of its own, linked to the spans of all its commands: a transaction of a hundred payments is part
 * of a hundred traces, and can be a child in none of them.
 */
export async function inBatchSpan<T>(name: string, traced: readonly Traced[], run: () => Promise<T>): Promise<T> {
  if (traced.length === 0) return run();
  const span = tracer.startSpan(`commit ${name}`, {
    root: true,
    links: traced.map(({ span }) => ({ context: span.spanContext() })),
  });
  const bySubject: SpansBySubject = new Map(
    traced.flatMap((command) => (command.subject === undefined ? [] : [[command.subject, command.span]])),
  );
  try {
    return await context.with(trace.setSpan(ROOT_CONTEXT, span).setValue(SPANS_OF_BATCH, bySubject), run);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
    throw error;
  } finally {
    span.end();
  }
}

/** Whether anything that the running batch writes may be part of a trace. */
export const isTracedBatch = (): boolean => isTracing() && context.active().getValue(SPANS_OF_BATCH) !== undefined;

/** Where the trace of a subject goes on within the running batch; undefined where it is not traced. */
export function traceOf(subject: string): Context | undefined {
  const spans = context.active().getValue(SPANS_OF_BATCH) as SpansBySubject | undefined;
  const span = spans?.get(subject);
  return span && trace.setSpan(ROOT_CONTEXT, span);
}
