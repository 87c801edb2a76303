import { type ProblemBody, type ProblemCode, problems } from '@stagedoor/contracts';

/** Media type of every error answer. */
export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** The body of an error answer (RFC 9457); `extras` are further members. */
export function problemDocument(
  code: ProblemCode,
  detail: string = problems[code].title,
  extras?: Record<string, unknown>,
): ProblemBody {
  const { status, title } = problems[code];
  return { type: problemType(code), title, status, code, detail, ...extras };
}

/** A name for the kind of problem, as RFC 9457 wants one; it leads nowhere. */
function problemType(code: ProblemCode): string {
  return `urn:stagedoor:problem:${code.toLowerCase().replaceAll('_', '-')}`;
}
