import { type ProblemCode, problems } from '@stagedoor/contracts';
import { z } from 'zod';

/** How one status of a route that answers with a problem is documented. */
export interface ProblemResponse {
  description: string;
  content: { 'application/problem+json': { schema: z.ZodType } };
}

type StatusOf<Code extends ProblemCode> = (typeof problems)[Code]['status'];

// Which codes stand behind a documented status, so that the server can add those that any route can answer with.
const codesBehind = new WeakMap<ProblemResponse, readonly ProblemCode[]>();

/**
 * The error answers of a route, for its `schema.response`: `{ 201: held, ...problemResponses('SEAT_TAKEN') }`. What
 * every route can answer (400, 500, 503, 404 where the path has parameters, 401 and 403 behind a guard) is added by the
 * server.
 */
export function problemResponses<Code extends ProblemCode>(
  ...codes: Code[]
): { [Each in Code as StatusOf<Each>]: ProblemResponse } {
  return groupByStatus(codes) as { [Each in Code as StatusOf<Each>]: ProblemResponse };
}

/** `response` with these codes added to those that it documents already. */
export function withProblems(
  response: Record<string, unknown>,
  codes: readonly ProblemCode[],
): Record<string, unknown> {
  const documented = Object.values(response).flatMap((each) => codesBehind.get(each as ProblemResponse) ?? []);
  return { ...response, ...groupByStatus([...new Set([...documented, ...codes])]) };
}

function groupByStatus(codes: readonly ProblemCode[]): Record<string, ProblemResponse> {
  const statuses = Object.groupBy(codes, (code) => problems[code].status);
  return Object.fromEntries(
    Object.entries(statuses).map(([status, ofStatus]) => [status, documentedAs(ofStatus as ProblemCode[])]),
  );
}

function documentedAs(codes: readonly ProblemCode[]): ProblemResponse {
  const response: ProblemResponse = {
    description: codes.map((code) => `\`${code}\`: ${problems[code].title}.`).join('\n\n'),
    content: { 'application/problem+json': { schema: problemSchema(codes) } },
  };
  codesBehind.set(response, codes);
  return response;
}

function problemSchema(codes: readonly ProblemCode[]): z.ZodType {
  return z.looseObject({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.enum(codes as [ProblemCode, ...ProblemCode[]]),
    detail: z.string().optional(),
    ...(codes.includes('VALIDATION_FAILED') && {
      errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    }),
  });
}
