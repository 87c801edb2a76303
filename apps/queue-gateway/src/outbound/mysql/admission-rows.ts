import { type Admission, type EndReason, type KnownHold, liveHolds } from '../../domain/admission.ts';

/** A row of `admissions` as a SELECT through a unit of work gives it. */
export interface AdmissionRow {
  id: string;
  schedule_id: number;
  user_id: string;
  sequence: number;
  admitted_at: Date;
  ends_at: Date;
  ended_at: Date | null;
  end_reason: string | null;
  holds: string;
}

/** Its columns. */
export const ADMISSION_COLUMNS =
  'id, schedule_id, user_id, sequence, admitted_at, ends_at, ended_at, end_reason, holds';

/** The admission that a row holds. */
export const admissionOf = (row: AdmissionRow): Admission => ({
  id: row.id,
  scheduleId: row.schedule_id,
  userId: row.user_id,
  sequence: row.sequence,
  admittedAt: row.admitted_at,
  endsAt: row.ends_at,
  endedAt: row.ended_at,
  endReason: row.end_reason as EndReason | null,
  holds: readHolds(row.holds),
});

/** All columns of a new row, in the order of ADMISSION_COLUMNS, then live_holds. */
export const rowOf = (admission: Admission): unknown[] => [
  admission.id,
  admission.scheduleId,
  admission.userId,
  admission.sequence,
  admission.admittedAt,
  admission.endsAt,
  admission.endedAt,
  admission.endReason,
  writeHolds(admission.holds),
  liveHolds(admission),
];

/** `{"<reservation id>": [version, 1 while live]}`. */
export function readHolds(text: string): Record<string, KnownHold> {
  const stored = JSON.parse(text) as Record<string, [number, number]>;
  return Object.fromEntries(Object.entries(stored).map(([id, [version, live]]) => [id, { version, live: live === 1 }]));
}

/** What readHolds reads. */
export const writeHolds = (holds: Admission['holds']): string =>
  JSON.stringify(
    Object.fromEntries(Object.entries(holds).map(([id, hold]) => [id, [hold.version, hold.live ? 1 : 0]])),
  );
