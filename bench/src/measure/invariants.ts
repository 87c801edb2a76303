import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { SystemAccess } from '@stagedoor/testkit';

/** Half a million payments with all their messages are some five gigabytes. */
const HEAP_MEGABYTES = 12_288;

export type InvariantsAnswer = { broken: string[] } | { failed: string };

/**
 * What does not hold of I1 to I10 in a system at rest, in words. Looked at in a process of its own: what has to be read
 * outgrows the usual heap, and a check that dies of it ends one suite instead of the run.
 */
export async function brokenInvariants(access: SystemAccess): Promise<string[]> {
  const child = fork(join(import.meta.dirname, 'invariants-main.ts'), {
    execArgv: [`--max-old-space-size=${HEAP_MEGABYTES}`],
  });
  try {
    const answer = await new Promise<InvariantsAnswer>((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code, signal) => reject(new Error(`the check of the invariants ended: ${code ?? signal}`)));
      child.send(access);
    });
    if ('failed' in answer) throw new Error(`the invariants were not checked: ${answer.failed}`);
    return answer.broken;
  } finally {
    child.kill();
  }
}
