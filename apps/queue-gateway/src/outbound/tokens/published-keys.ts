import { readFileSync } from 'node:fs';
import { ConfigError } from '@stagedoor/platform';

// The members of a public Ed25519 key (RFC 8037). Whatever else the file holds is not for the public.
const PUBLIC_MEMBERS = ['kty', 'crv', 'x', 'kid', 'alg', 'use'];

/**
 * The admission keys' public members, as /.well-known/jwks.json shows them.
 * @throws ConfigError when the file can not be read
 */
export function publishedKeys(file: string): { keys: Record<string, unknown>[] } {
  try {
    const { keys } = JSON.parse(readFileSync(file, 'utf8')) as { keys: Record<string, unknown>[] };
    return {
      keys: keys.map((key) =>
        Object.fromEntries(Object.entries(key).filter(([name]) => PUBLIC_MEMBERS.includes(name))),
      ),
    };
  } catch (error) {
    throw new ConfigError('keys', [`${file}: ${(error as Error).message}`]);
  }
}
