import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from '../../../infra/stack/index.mjs';
import type { KnownKeys } from './forged-tokens.ts';

/** The signing keys of a stack, to make what its issuer would never sign. */
export function keysOfStack(stack: Pick<Stack, 'folder' | 'env'>): KnownKeys {
  const read = (name: string) => readFileSync(join(stack.folder, 'keys', name), 'utf8');
  const pair = (privateKey: string, published: string) => {
    const [key] = (JSON.parse(read(published)) as { keys: { kid: string }[] }).keys;
    if (key === undefined) throw new Error(`${published} is empty`);
    return { key: createPrivateKey(read(privateKey)), kid: key.kid };
  };
  return {
    issuer: stack.env('queue-gateway').AUTH_ISSUER ?? '',
    fan: pair('fan-dev.pem', 'fan.jwks.json'),
    admission: pair('admission.pem', 'admission.jwks.json'),
  };
}
