/** `npm run test:api`: generated requests against every OpenAPI document of a system of its own. */
import { join } from 'node:path';
import { startStack } from '../../infra/stack/index.mjs';
import { terminalReport } from '../../infra/stack/report.mjs';
import { runTool } from '../run-tool.mjs';
import { HELP, parseArguments } from './arguments.mjs';
import { makeCallers } from './callers.ts';
import { runSchemathesis } from './run-schemathesis.mjs';
import { pythonWithSchemathesis } from './schemathesis.mjs';

process.exit(await runTool({ parse: parseArguments, help: HELP, run, brokenCode: 2 }));

async function run({ seed, examples, apps }, signal) {
  const report = { ...terminalReport(), line: () => {} };
  const python = await pythonWithSchemathesis({ report, signal });
  const stack = await startStack({ profile: 'load', durable: false, report, signal });
  const outcomes = [];
  try {
    const edge = stack.urls.edge;
    const callers = await makeCallers(edge);
    for (const app of apps) {
      for (const [name, caller] of Object.entries(callers)) {
        report.note(`\n${app}, asked by the ${name}, seed ${seed}`);
        const folder = join(stack.folder, 'api', name);
        const isClean = await runSchemathesis({ python, edge, app, caller, seed, examples, folder, signal });
        outcomes.push({ app, name, isClean });
      }
    }
  } finally {
    await stack.stop();
  }
  for (const { app, name, isClean } of outcomes) {
    report.note(`${isClean ? 'ok    ' : 'FAILED'}  ${app}, asked by the ${name}`);
  }
  const failed = outcomes.filter(({ isClean }) => !isClean).length;
  report.note(`${outcomes.length - failed} passed, ${failed} failed; again with --seed ${seed} --examples ${examples}`);
  return failed === 0 ? 0 : 1;
}
