import { idSchema, positiveIntegerSchema } from '@stagedoor/contracts';
import { createSigner } from 'fast-jwt';
import { z } from 'zod';
import { ConfigError } from '../config/parse-config.ts';
import { Problem } from '../errors/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { BadToken, JwtVerifier } from './jwt-verifier.ts';
import { type KeySource, keysInFile } from './key-source.ts';
import { readSigningKey, type SigningKey } from './signing-key.ts';

/** That a fan was let into a schedule's sale, until a moment. */
export interface Admission {
  readonly userId: string;
  readonly scheduleId: number;
  /** The admission's own id. */
  readonly jti: string;
  readonly expiresAt: Date;
}

/** Checks admission tokens. */
export interface AdmissionVerifier {
  /**
   * What the token admits to; whether that is this fan and this schedule is the caller's to compare.
   * @throws Problem ADMISSION_REQUIRED
   */
  verify(token: string): Promise<Admission>;
}

const ISSUER = 'stagedoor-queue';
const AUDIENCE = 'stagedoor-admission';
const TYPE = 'admission+jwt';
const REMEMBERED_TOKENS = 20_000;

const claimsSchema = z.object({
  sub: idSchema,
  scheduleId: positiveIntegerSchema,
  jti: z.string().min(1).max(64),
  exp: z.number(),
});

/** The variable that names the keys of admission tokens. */
export const admissionKeysConfig = z.object({
  ADMISSION_PUBLIC_KEYS_FILE: z
    .string()
    .describe('File with the public keys of admission tokens, as a JWKS {keys: […]}; several for a rotation'),
});
export type AdmissionKeysConfig = z.output<typeof admissionKeysConfig>;

/** What the gateway needs beside, to sign. */
export const admissionSigningConfig = z.object({
  ...admissionKeysConfig.shape,
  ADMISSION_PRIVATE_KEY_FILE: z
    .string()
    .describe('File with the Ed25519 key that signs admission tokens, as PKCS #8 PEM'),
});
export type AdmissionSigningConfig = z.output<typeof admissionSigningConfig>;

/** Checks admission tokens with the keys in the file that the configuration names. */
export function createAdmissionVerifier(config: AdmissionKeysConfig, logger?: Logger): AdmissionVerifier {
  return admissionVerifier(keysInFile(config.ADMISSION_PUBLIC_KEYS_FILE), logger);
}

/** The same, over any source of keys. */
export function admissionVerifier(source: KeySource, logger?: Logger): AdmissionVerifier {
  const verifier = new JwtVerifier<Admission>({
    source,
    algorithms: ['EdDSA'],
    issuer: ISSUER,
    audience: AUDIENCE,
    // A token lives to its exp (design §5); both clocks are ours.
    toleranceMs: 0,
    types: [TYPE],
    cacheSize: REMEMBERED_TOKENS,
    logger,
    read(claims) {
      const parsed = claimsSchema.safeParse(claims);
      if (!parsed.success) return null;
      const { sub, scheduleId, jti, exp } = parsed.data;
      return { userId: sub, scheduleId, jti, expiresAt: new Date(exp * 1000) };
    },
  });
  return {
    async verify(token) {
      try {
        return await verifier.verify(token);
      } catch (error) {
        if (!(error instanceof BadToken)) throw error;
        throw new Problem('ADMISSION_REQUIRED', undefined, { cause: error });
      }
    },
  };
}

/** Signs admission tokens. */
export type AdmissionSigner = (admission: Admission) => string;

/**
 * Signs with the key of the configuration.
 * @throws ConfigError when the key can not be read, is not Ed25519, or is not among the published ones
 */
export function createAdmissionSigner(config: AdmissionSigningConfig): AdmissionSigner {
  return admissionSigner(readSigningKey(config.ADMISSION_PRIVATE_KEY_FILE, config.ADMISSION_PUBLIC_KEYS_FILE));
}

/** The same, with a key at hand. `exp` is in whole seconds, so a token ends up to a second before the admission. */
export function admissionSigner(key: SigningKey): AdmissionSigner {
  if (key.algorithm !== 'EdDSA') throw new ConfigError('keys', ['admission tokens are signed with an Ed25519 key']);
  const sign = createSigner({
    key: key.pem,
    algorithm: 'EdDSA',
    kid: key.kid,
    header: { alg: 'EdDSA', typ: TYPE },
    // No iat: a fan who asks again, of whichever replica, gets the very same token.
    noTimestamp: true,
  });
  return ({ userId, scheduleId, jti, expiresAt }) =>
    sign({ iss: ISSUER, aud: AUDIENCE, sub: userId, scheduleId, jti, exp: Math.floor(expiresAt.getTime() / 1000) });
}
