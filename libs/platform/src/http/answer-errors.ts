import type { ProblemBody } from '@stagedoor/contracts';
import type { FastifyBaseLogger, FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { ZodError } from 'zod';
import { OverloadedError, Problem } from '../errors/errors.ts';
import { isTransient } from '../errors/transient.ts';
import { RateLimitedLog } from '../runtime/rate-limited-log.ts';
import { PROBLEM_TYPE, problemDocument } from './problem-document.ts';

interface Answer {
  body: ProblemBody;
  retryAfterSeconds?: number | undefined;
}

const RETRY_AFTER_SECONDS = 1;

/** Turns whatever a handler threw into its problem document; failures of ours are logged, no more than some a second. */
export function errorAnswerer(logger: FastifyBaseLogger) {
  const log = new RateLimitedLog(logger);
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const answer = answerTo(error);
    if (answer.body.status >= 500) {
      log.error(
        {
          err: error,
          reqId: request.id,
          method: request.method,
          route: request.routeOptions.url,
          status: answer.body.status,
        },
        'request failed',
      );
    }
    return sendProblem(reply, answer);
  };
}

/** Sends a problem document as it stands, past the route's own serializers. */
export function sendProblem(reply: FastifyReply, { body, retryAfterSeconds }: Answer): FastifyReply {
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
  if (body.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply.code(body.status).type(PROBLEM_TYPE).serializer(JSON.stringify).send(body);
}

function answerTo(error: unknown): Answer {
  if (error instanceof Problem) {
    return {
      body: problemDocument(error.code, error.detail, error.extras),
      retryAfterSeconds: error.retryAfterSeconds ?? (error.code === 'UNAVAILABLE' ? RETRY_AFTER_SECONDS : undefined),
    };
  }
  if (error instanceof OverloadedError) {
    return { body: problemDocument('UNAVAILABLE'), retryAfterSeconds: error.retryAfterSeconds };
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const context = (error as FastifyError).validationContext ?? 'request';
    return invalid(
      error.validation.map(({ instancePath, message }) => ({
        path: pathOf([context, ...instancePath.split('/').filter((part) => part !== '')]),
        message: message ?? 'is not valid',
      })),
    );
  }
  if (error instanceof ZodError) {
    return invalid(error.issues.map(({ path, message }) => ({ path: pathOf(path), message })));
  }
  const { code, statusCode, message } = error as FastifyError;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return { body: problemDocument('PAYLOAD_TOO_LARGE') };
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return { body: problemDocument('UNSUPPORTED_MEDIA_TYPE') };
  // What Fastify refuses by itself: a body that is no JSON, no body where one is due, a broken URL, `__proto__` in JSON.
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return { body: problemDocument('VALIDATION_FAILED', message) };
  }
  if (isTransient(error)) return { body: problemDocument('UNAVAILABLE'), retryAfterSeconds: RETRY_AFTER_SECONDS };
  return { body: problemDocument('INTERNAL_ERROR') };
}

function invalid(errors: { path: string; message: string }[]): Answer {
  const detail = errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return { body: problemDocument('VALIDATION_FAILED', detail.slice(0, 500), { errors }) };
}

const placeNames: Record<string, string> = { querystring: 'query' };

function pathOf(parts: readonly PropertyKey[]): string {
  return parts.map((part) => placeNames[String(part)] ?? String(part)).join('.');
}
