import { type Attributes, context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { isTracing, traceparentOf, tracer } from './tracing.ts';

/**
 * Makes a call over HTTP in a span, by OpenTelemetry's conventions for HTTP clients, where what it is made for is traced.
 * @param attributes e.g. `http.request.method`, `server.address`, `url.template`
 * @param call is given the `traceparent` header to send, undefined where nothing is traced; resolves with what has the status
 */
export async function inClientSpan<Response extends { status: number }>(
  name: string,
  attributes: Attributes,
  call: (traceparent: string | undefined) => Promise<Response>,
): Promise<Response> {
  if (!isTracing() || !trace.getActiveSpan()?.isRecording()) return call(undefined);
  const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes });
  try {
    const response = await call(traceparentOf(trace.setSpan(context.active(), span)));
    span.setAttribute('http.response.status_code', response.status);
    if (response.status >= 400) span.setStatus({ code: SpanStatusCode.ERROR });
    return response;
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
    throw error;
  } finally {
    span.end();
  }
}
