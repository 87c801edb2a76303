import { parentPort, workerData } from 'node:worker_threads';
import { admissionSigner, createFanTokenSigner } from '@stagedoor/platform';
import { fanName } from './fans.ts';
import { ISSUER } from './keys.ts';
import type { SigningTask } from './signed-tokens.ts';

/** Signs the tokens of the fans from `from` up to `to`, one per line. */
const { key, from, to, expiresAtMs, scheduleId } = workerData as SigningTask;
const sign = scheduleId === null ? fanTokens() : admissionTokens(scheduleId);
const lines: string[] = [];
for (let index = from; index < to; index++) lines.push(sign(index));
parentPort?.postMessage(lines.join('\n'));

function fanTokens() {
  const signer = createFanTokenSigner(key, ISSUER);
  return (index: number) => signer({ userId: fanName(index), ttlMs: expiresAtMs - Date.now() });
}

function admissionTokens(schedule: number) {
  const signer = admissionSigner(key);
  const expiresAt = new Date(expiresAtMs);
  return (index: number) =>
    signer({ userId: fanName(index), scheduleId: schedule, jti: `bench-${schedule}-${index}`, expiresAt });
}
