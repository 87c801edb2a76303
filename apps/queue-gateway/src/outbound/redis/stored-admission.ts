import type { Called, CurrentAdmission } from '../../application/waiting-line.ts';

/** Reads `sequence:admissionId:admittedAtMs:endsAtMs`. */
export function currentOf(value: string): CurrentAdmission {
  const [sequence = '', id = '', admittedAt = '', endsAt = ''] = value.split(':');
  return { id, sequence: Number(sequence), admittedAt: new Date(Number(admittedAt)), endsAt: new Date(Number(endsAt)) };
}

/** The same, of a user who was called. */
export function calledOf(userId: string, value: string): Called {
  const { id, ...times } = currentOf(value);
  return { userId, admissionId: id, ...times };
}

/** Fields and values of a hash as a script returns them. */
export function pairs(flat: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) found.push([flat[i] as string, flat[i + 1] as string]);
  return found;
}
