import { exitCodes, ToolError } from '../terminal/failures.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { AdminApi, DeadLetter, DryRun, Resolved } from './admin-api.ts';
import type { Command, Filters, Options } from './options.ts';
import { actionsText, dryRunsText, lettersText, letterText } from './report.ts';

/** Does what the command line says; answers the exit code. Aborting stops between two dead letters. */
export async function run(
  { command, json }: Options,
  api: AdminApi,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const show = <Item>(items: readonly Item[], text: (items: readonly Item[]) => string) => {
    if (!json) return terminal.print(text(items));
    for (const item of items) terminal.print(JSON.stringify(item));
  };
  switch (command.name) {
    case 'list': {
      const { items, isCut } = await taken(api.list(command.filters), command.limit);
      if (items.length === 0 && !json) terminal.print('no dead letters');
      else show(items, lettersText);
      if (isCut) terminal.note(`There are more than these ${command.limit}: --limit shows more of them.`);
      return exitCodes.done;
    }
    case 'show':
      show([await api.show(command.id)], ([letter]) => letterText(letter as DeadLetter));
      return exitCodes.done;
    case 'audit': {
      const { items, isCut } = await taken(api.audit(command.actor), command.limit);
      if (items.length === 0 && !json) terminal.print('nothing was done yet');
      else show(items, actionsText);
      if (isCut) terminal.note(`There are more than these ${command.limit}: --limit shows more of them.`);
      return exitCodes.done;
    }
    case 'replay':
    case 'discard': {
      const ids = await chosen(command, api, terminal);
      if (command.name === 'replay' && command.dryRun) {
        const dryRuns = await dryRun(ids, command, api, terminal, signal);
        if (dryRuns.length > 0) show(dryRuns, dryRunsText);
        return dryRuns.every(({ wouldReplay }) => wouldReplay) ? exitCodes.done : exitCodes.found;
      }
      return resolve(ids, command, api, terminal, signal, json);
    }
  }
}

type Resolving = Extract<Command, { name: 'replay' | 'discard' }>;

/** The ids of those that the command is about, the oldest first, so that a key's messages keep their order. */
async function chosen(command: Resolving, api: AdminApi, terminal: Terminal): Promise<string[]> {
  const { which } = command;
  if ('id' in which) return [which.id];
  const { ids, perTopic } = await oldest(api, which.filters, which.limit, terminal);
  if (ids.length === 0) {
    terminal.note('No dead letter is NEW and matches.');
    return [];
  }
  const all = [...perTopic.values()].reduce((sum, count) => sum + count, 0);
  const topics = [...perTopic].map(([topic, count]) => `${topic} ${count}`).join(', ');
  const these = `${all} dead letters match (${topics})${all > ids.length ? `; the ${ids.length} oldest are taken` : ''}.`;
  const isDryRun = command.name === 'replay' && command.dryRun;
  if (isDryRun || which.yes) {
    terminal.note(these);
  } else if (!(await terminal.confirm(`${these} ${command.name === 'replay' ? 'Replay' : 'Discard'} them?`))) {
    throw new ToolError(`${these} Nothing was done: confirm it at a terminal, or with --yes.`);
  }
  return ids;
}

/** Keeps ids alone, and no more than `limit`: what the list shows newest first ends with the oldest. */
async function oldest(api: AdminApi, filters: Filters, limit: number, terminal: Terminal) {
  const ids: string[] = [];
  const perTopic = new Map<string, number>();
  let found = 0;
  for await (const { id, topic } of api.list(filters)) {
    ids.push(id);
    // In steps, so that dropping the newer ones does not move them all each time.
    if (ids.length >= 2 * limit) ids.splice(0, ids.length - limit);
    perTopic.set(topic, (perTopic.get(topic) ?? 0) + 1);
    if (++found % 100 === 0) terminal.progress(`${found} found`);
  }
  return { ids: ids.slice(-limit).reverse(), perTopic };
}

async function dryRun(
  ids: readonly string[],
  { reason, repaired }: Extract<Command, { name: 'replay' }>,
  api: AdminApi,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<DryRun[]> {
  const dryRuns: DryRun[] = [];
  for (const id of ids) {
    signal.throwIfAborted();
    dryRuns.push(await api.dryRun(id, reason, repaired));
    terminal.progress(`${dryRuns.length} of ${ids.length}`);
  }
  return dryRuns;
}

async function resolve(
  ids: readonly string[],
  command: Resolving,
  api: AdminApi,
  terminal: Terminal,
  signal: AbortSignal,
  json: boolean,
): Promise<number> {
  const done = command.name === 'replay' ? 'replayed' : 'discarded';
  const status = done.toUpperCase();
  let succeeded = 0;
  let refused = 0;
  const said = (id: string, resolved: Resolved) => {
    if (json) {
      const { ok, ...why } = resolved;
      terminal.print(JSON.stringify({ id, status: ok ? status : 'REFUSED', ...why }));
    } else if (!resolved.ok) {
      terminal.print(`${id}  refused: ${resolved.code}: ${resolved.detail}`);
    }
  };
  try {
    for (const id of ids) {
      signal.throwIfAborted();
      const resolved =
        command.name === 'replay'
          ? await api.replay(id, command.reason, command.repaired)
          : await api.discard(id, command.reason);
      if (resolved.ok) succeeded++;
      else refused++;
      said(id, resolved);
      terminal.progress(`${succeeded + refused} of ${ids.length}: ${succeeded} ${done}, ${refused} refused`);
    }
  } finally {
    const left = ids.length - succeeded - refused;
    const summary = `${succeeded} ${done}, ${refused} refused${left > 0 ? `, ${left} left as they are` : ''}`;
    if (json) terminal.note(summary);
    else if (ids.length > 0) terminal.print(summary);
  }
  return refused === 0 ? exitCodes.done : exitCodes.found;
}

/** The first `limit` of them, and whether there are more. */
async function taken<Item>(items: AsyncIterable<Item>, limit: number): Promise<{ items: Item[]; isCut: boolean }> {
  const first: Item[] = [];
  for await (const item of items) {
    if (first.length === limit) return { items: first, isCut: true };
    first.push(item);
  }
  return { items: first, isCut: false };
}
