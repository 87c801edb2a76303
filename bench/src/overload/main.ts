import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homeFolder } from '../../../infra/stack/index.mjs';
import { onStopSignals } from '../../../infra/stack/signals.mjs';
import { UsageError } from '../options.ts';
import { progressLine } from '../progress.ts';
import { benchKeys } from '../tokens/keys.ts';
import { SignedTokens } from '../tokens/signed-tokens.ts';
import { parseOverload, usage } from './options.ts';
import { complaintsAbout, overloadText } from './report.ts';
import { runOverload } from './run-overload.ts';

const interrupted = new AbortController();
onStopSignals({
  onFirst: (signal) => {
    console.error(`\n${signal}: stopping. Once more kills at once.`);
    interrupted.abort(new Error(`stopped by ${signal}`));
  },
  onSecond: () => process.exit(130),
});
const folder = mkdtempSync(join(tmpdir(), 'stagedoor-overload-'));
try {
  const command = parseOverload(process.argv.slice(2));
  if (command === null) console.log(usage);
  else {
    const home = join(homeFolder(), 'bench');
    const keys = benchKeys(join(home, 'keys'));
    const progress = progressLine();
    const report = await runOverload({
      ...command,
      capacityMs: 10_000,
      callers: 256,
      ordinaryMs: 15_000,
      fans: 20_000,
      mostPerSecond: 5_000,
      keys,
      tokens: new SignedTokens(join(home, 'tokens'), keys, progress.say),
      folder,
      signal: interrupted.signal,
      tell: progress.say,
      progress: progress.show,
    }).finally(() => progress.end());
    console.log(overloadText(report));
    if (command.json !== null) writeFileSync(command.json, `${JSON.stringify(report, null, 2)}\n`);
    process.exitCode = complaintsAbout(report).length === 0 ? 0 : 1;
  }
} catch (error) {
  console.error(error instanceof UsageError ? `${error.message}\n\n${usage}` : error);
  process.exitCode = interrupted.signal.aborted ? 130 : error instanceof UsageError ? 2 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
