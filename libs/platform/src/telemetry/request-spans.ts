import { context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { continued, isTracing, tracer } from './tracing.ts';

const spans = new WeakMap<FastifyRequest, Span>();

/** A span for each request of the API, by OpenTelemetry's conventions for HTTP servers; the handler runs within it. */
export function traceRequests(server: FastifyInstance): void {
  server.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url;
    // Probes, metrics and documents are not part of anybody's purchase.
    if (!isTracing() || route === undefined || !route.startsWith('/v1/')) return done();
    const { traceparent } = request.headers;
    const span = tracer.startSpan(
      `${request.method} ${route}`,
      {
        kind: SpanKind.SERVER,
        attributes: { 'http.request.method': request.method, 'http.route': route, 'stagedoor.request.id': request.id },
      },
      continued(typeof traceparent === 'string' ? traceparent : undefined),
    );
    if (!span.isRecording()) return done();
    spans.set(request, span);
    context.with(trace.setSpan(context.active(), span), done);
  });
  server.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request);
    if (span !== undefined) {
      span.setAttribute('http.response.status_code', reply.statusCode);
      if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    }
    done();
  });
}
