import { shortened, table } from '../terminal/table.ts';
import { type Difference, type Kind, kinds } from './difference.ts';
import type { Reconciliation } from './reconcile.ts';

const DETAIL_CHARACTERS = 140;

const countsOf = (differences: readonly Difference[]): Map<Kind, number> => {
  const counts = new Map<Kind, number>();
  for (const { kind } of differences) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
};

/** What mends it, in words. */
export function remedyText({ remedy }: Difference): string {
  if (remedy.by === 'hand') return `by hand: ${remedy.how}`;
  return remedy.by === 'messages' ? '--apply' : `--apply ${remedy.option}`;
}

/** For people: what was looked at, how much of what was found, and the first of it. */
export function reconciliationText({ examined, differences, isCut }: Reconciliation, limit: number): string {
  const looked = Object.entries(examined).map(([name, count]) => `${count} ${name}`);
  const lines = [`Looked at ${looked.join(', ')}.`];
  if (differences.length === 0) return [...lines, 'No difference.'].join('\n');
  lines.push(
    '',
    table(
      ['COUNT', 'KIND', 'WHAT IT IS'],
      [...countsOf(differences)].map(([kind, count]) => [String(count), kind, kinds[kind]]),
    ),
    '',
    table(
      ['KIND', 'ABOUT', 'MENDED BY', 'FOUND'],
      differences
        .slice(0, limit)
        .map((one) => [one.kind, one.subject, remedyText(one), shortened(one.detail, DETAIL_CHARACTERS)]),
    ),
  );
  if (differences.length > limit) lines.push('', `${differences.length - limit} more: --limit, or --json`);
  if (isCut) lines.push('', 'Too many differences: the rest of the system was not looked at.');
  return lines.join('\n');
}

/** For programs. */
export function reconciliationJson({ examined, differences, isCut }: Reconciliation, mended: number | null): string {
  const rows = differences.map((one) => ({
    kind: one.kind,
    subject: one.subject,
    detail: one.detail,
    mendedBy: remedyText(one),
  }));
  return JSON.stringify({
    examined,
    counts: Object.fromEntries(countsOf(differences)),
    differences: rows,
    isCut,
    ...(mended !== null && { mended }),
  });
}
