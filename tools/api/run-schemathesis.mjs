/** One run of Schemathesis: one service, one caller. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'unsupported_method',
  'allow_header_conformance',
  'ignored_auth',
];
const PROGRAM = 'from schemathesis.cli import schemathesis; schemathesis(prog_name="schemathesis")';

/**
 * @param {{ python: string, edge: string, app: string, caller: import('./callers.ts').Caller, seed: number,
 *   examples: number, folder: string, signal: AbortSignal }} settings
 * @returns {Promise<boolean>} whether nothing was found
 */
export async function runSchemathesis({ python, edge, app, caller, seed, examples, folder, signal }) {
  mkdirSync(folder, { recursive: true });
  const configFile = join(folder, `${app}.toml`);
  writeFileSync(configFile, configOf(caller));
  const child = spawn(
    python,
    [
      ...['-c', PROGRAM, '--config-file', configFile, 'run', `${edge}/openapi/${app}.json`, '--url', edge],
      ...['--checks', CHECKS.join(','), '--phases', 'examples,coverage,fuzzing', '--continue-on-failure'],
      ...['--seed', String(seed), '--max-examples', String(examples), '--generation-database', 'none'],
      // A fan may not do most things: that half is about how this is said. An operator may.
      ...['--warnings', caller.ids === undefined ? 'off' : 'missing_auth', '--request-timeout', '30'],
    ],
    { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'], signal },
  );
  const [code] = await once(child, 'exit');
  return code === 0;
}

/** Tokens stand in a file of the stack's own folder, not in a command line that all users of the machine can read. */
function configOf({ token, admissionToken, ids }) {
  const headers = { Authorization: `Bearer ${token}`, ...(admissionToken && { 'X-Admission-Token': admissionToken }) };
  const table = Object.entries(headers).map(([name, value]) => `${JSON.stringify(name)} = ${JSON.stringify(value)}`);
  const lines = ['[headers]', ...table, ''];
  if (ids !== undefined) {
    lines.push(
      ...override('^/v1/concerts/', { id: ids.concertId }),
      ...override('^/v1/(schedules|admin/schedules)/', { id: ids.scheduleId }),
      ...override('^/v1/admin/waiting-rooms/', { scheduleId: ids.scheduleId }),
      ...override('^/v1/(reservations|admin/reservations)/', { id: ids.reservationId }),
      ...override('^/v1/admin/payments/', { reservationId: ids.reservationId }),
    );
  }
  return `${lines.join('\n')}\n`;
}

function override(pathPattern, parameters) {
  const values = Object.entries(parameters).map(([name, value]) => `"path.${name}" = ${JSON.stringify(value)}`);
  return [
    '[[operations]]',
    `include-path-regex = ${JSON.stringify(pathPattern)}`,
    `parameters = { ${values.join(', ')} }`,
    '',
  ];
}
