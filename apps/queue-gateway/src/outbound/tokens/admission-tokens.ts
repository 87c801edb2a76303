import type { AdmissionSigner } from '@stagedoor/platform';
import type { AdmissionClaims, AdmissionTokens } from '../../application/ports.ts';

// About 500 bytes each; more than may be inside at a time.
const REMEMBERED = 20_000;

/** Signs each admission once (60 us) and remembers the token, so that a fan who asks again gets the same one. */
export class SignedAdmissionTokens implements AdmissionTokens {
  readonly #sign: AdmissionSigner;
  readonly #signed = new Map<string, string>();

  constructor(sign: AdmissionSigner) {
    this.#sign = sign;
  }

  sign({ id, userId, scheduleId, endsAt }: AdmissionClaims): string {
    const known = this.#signed.get(id);
    if (known !== undefined) return known;
    const token = this.#sign({ jti: id, userId, scheduleId, expiresAt: endsAt });
    this.#signed.set(id, token);
    if (this.#signed.size > REMEMBERED) {
      const oldest = this.#signed.keys().next();
      if (!oldest.done) this.#signed.delete(oldest.value);
    }
    return token;
  }
}
