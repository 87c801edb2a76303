import type { Percentiles } from '../measure/latency.ts';
import { UNTOLD } from './bystanders.ts';
import type { OverloadReport } from './run-overload.ts';

/** What each app may need above what it needs at rest, in MiB. */
const MEMORY_BOUND_MIB = 512;
const NORMAL_WITHIN_SECONDS = 10;
/** A refusal is early, and what is accepted is answered while its caller waits, where 95 of 100 answers take no longer. */
const REFUSED_WITHIN_MS = 1_000;
const ACCEPTED_WITHIN_MS = 5_000;
const APP = /^(queue-gateway|reservation-service|payment-worker|result-worker)/;

/** What is not as it should be; empty where the system bore it. */
export function complaintsAbout(report: OverloadReport): string[] {
  const { overload, settled, secondsToNormal, memoryMib, bystanders, violations } = report;
  const complaints = violations.slice(0, 5);
  const others = Object.entries(overload.byStatus).filter(([status]) => status !== '202' && status !== '503');
  if (others.length > 0) complaints.push(`answers that are neither 202 nor 503: ${counts(Object.fromEntries(others))}`);
  if (overload.byStatus[503] === undefined) complaints.push('nothing was refused: it was no overload');
  const unsettled = Object.entries(settled).filter(([status]) => status !== 'CONFIRMED');
  if (unsettled.length > 0) complaints.push(`accepted, and not CONFIRMED: ${counts(Object.fromEntries(unsettled))}`);
  const late = (what: string, { p95 }: Percentiles, withinMs: number) => {
    if (p95 > withinMs) complaints.push(`${what} after ${p95.toFixed(0)} ms (p95), not within ${withinMs} ms`);
  };
  late('refused', overload.refusedMs, REFUSED_WITHIN_MS);
  late('accepted', overload.acceptedMs, ACCEPTED_WITHIN_MS);
  for (const [name, { byStatus }] of Object.entries(bystanders.calls)) {
    const untold = byStatus[UNTOLD];
    if (untold !== undefined) complaints.push(`${name}: ${untold} times ${UNTOLD}`);
  }
  if (secondsToNormal === null || secondsToNormal > NORMAL_WITHIN_SECONDS) {
    complaints.push(`not back to normal within ${NORMAL_WITHIN_SECONDS} s`);
  }
  for (const [name, { start, peak }] of Object.entries(memoryMib)) {
    if (APP.test(name) && peak > start + MEMORY_BOUND_MIB) {
      complaints.push(`${name} grew from ${start.toFixed(0)} to ${peak.toFixed(0)} MiB`);
    }
  }
  if (bystanders.sockets.lost > 0) complaints.push(`${bystanders.sockets.lost} WebSockets were lost`);
  return complaints;
}

/** The report as a table. */
export function overloadText(report: OverloadReport): string {
  const { overload, settled, ordinary, memoryMib, bystanders } = report;
  const complaints = complaintsAbout(report);
  const row = (name: string, value: string) => `  ${name.padEnd(34)} ${value}`;
  return [
    `overload: ${overload.offeredPerSecond.toFixed(0)} payments a second for ${overload.seconds} s`,
    row('can serve', `${report.capacityPerSecond.toFixed(0)}/s`),
    row('offered', String(overload.offered)),
    row('accepted', `${overload.accepted} (${overload.acceptedPerSecond.toFixed(0)}/s)`),
    row('answers by status', counts(overload.byStatus)),
    row('left late (load generator)', percentiles(overload.lateMs)),
    row('answer, accepted', percentiles(overload.acceptedMs)),
    row('answer, refused', percentiles(overload.refusedMs)),
    row('accepted in the whole run ended', counts(settled)),
    row('last settled', `${report.settledAfterSeconds.toFixed(1)} s after the last arrival`),
    row(`${ordinary.perSecond.toFixed(0)}/s before`, percentiles(ordinary.before.acceptedMs)),
    row(`${ordinary.perSecond.toFixed(0)}/s after`, percentiles(ordinary.after.acceptedMs)),
    row('back to normal', report.secondsToNormal === null ? 'never' : `${report.secondsToNormal} s later`),
    'others meanwhile',
    ...Object.entries(bystanders.calls).map(([name, { byStatus, answerMs }]) =>
      row(name, `${counts(byStatus)}; ${percentiles(answerMs)}`),
    ),
    row('WebSockets', `${bystanders.sockets.opened} opened, ${bystanders.sockets.lost} lost`),
    'memory in MiB: start, peak, end',
    ...Object.entries(memoryMib).map(([name, { start, peak, end }]) =>
      row(name, [start, peak, end].map((mib) => mib.toFixed(0).padStart(6)).join('')),
    ),
    complaints.length === 0 ? 'it bore it: invariants I1 to I10 hold' : `NOT SO: ${complaints.join(' | ')}`,
  ].join('\n');
}

const counts = (byName: Record<string, number>): string =>
  Object.entries(byName)
    .map(([name, count]) => `${name}: ${count}`)
    .join(', ');

const percentiles = ({ p50, p95, p99, max }: Percentiles): string =>
  `p50 ${p50.toFixed(0)}, p95 ${p95.toFixed(0)}, p99 ${p99.toFixed(0)}, max ${max.toFixed(0)} ms`;
