import { setTimeout as sleep } from 'node:timers/promises';
import { MessageProducer, openKafka } from '@stagedoor/messaging';
import { ConfigError, createLogger, kafkaConfig, parseConfig, uuidv7Ids } from '@stagedoor/platform';
import { exitCodes, ToolError } from '../terminal/failures.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { isMendable, messagesFor } from './apply.ts';
import { type Databases, ReadOnlyDatabase } from './database.ts';
import { systemAddresses } from './environment.ts';
import type { Options } from './options.ts';
import { ledgerPasses } from './passes/ledger.ts';
import type { Pass } from './passes/pass.ts';
import { refundPass } from './passes/refunds.ts';
import { reservationPasses } from './passes/reservations.ts';
import { schedulePass } from './passes/schedules.ts';
import { type Finding, lookAgain, type Reconciliation, reconcile } from './reconcile.ts';
import { reconciliationJson, reconciliationText } from './report.ts';
import { metricsText, writeMetrics } from './write-metrics.ts';

const PAGE_SIZE = 500;
const MAX_DIFFERENCES = 10_000;
const SENT_TOGETHER = 500;
// Answers take a way through all services, and each of them commits within moments.
const MENDED_WITHIN_MS = 60_000;
const MENDED_POLL_MS = 1_000;

type Env = Record<string, string | undefined>;

/** Looks, mends where that is asked for; answers the exit code. */
export async function run(options: Options, env: Env, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const addresses = systemAddresses(env);
  // Before anything is read: who cannot send should know at once.
  const kafka = options.apply ? kafkaOf(addresses.kafka) : null;
  const databases = open(addresses.databases);
  const end = (last: Reconciliation): number => {
    if (options.metrics !== null) writeMetrics(options.metrics, metricsText(last, options.only, new Date()));
    return last.differences.length === 0 && !last.isCut ? exitCodes.done : exitCodes.found;
  };
  try {
    const passes = allPasses(databases, options, env);
    const bounds = { pageSize: PAGE_SIZE, maxDifferences: MAX_DIFFERENCES, settleMs: options.settleMs };
    const all = await reconcile(passes, bounds, signal, (text) => terminal.progress(text));
    const wanted = all.differences.filter(({ kind }) => options.only.length === 0 || options.only.includes(kind));
    const first: Reconciliation = { ...all, differences: wanted };
    if (!options.json) terminal.print(reconciliationText(first, options.limit));
    const mendable = first.differences.filter((one) => isMendable(one, options));
    if (kafka === null || mendable.length === 0) {
      if (options.json) terminal.print(reconciliationJson(first, kafka === null ? null : 0));
      return end(first);
    }
    await send(mendable, kafka, options, terminal, signal);
    const left = await untilMended(passes, mendable, terminal, signal);
    const after = await lookAgain(passes, first.differences, PAGE_SIZE);
    const last = { ...first, differences: after };
    const summary = `${mendable.length - left.length} mended, ${after.length} left`;
    if (options.json) terminal.print(reconciliationJson(last, mendable.length - left.length));
    else terminal.print(`\n${summary}${after.length === 0 ? '.' : ':\n'}`);
    if (!options.json && after.length > 0) terminal.print(reconciliationText(last, options.limit));
    return end(last);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw isAboutTheDatabase(error) ? new ToolError(`a database cannot be read: ${(error as Error).message}`) : error;
  } finally {
    await Promise.all(Object.values(databases).map((database) => database.close().catch(() => {})));
  }
}

const isAboutTheDatabase = (error: unknown): boolean => typeof (error as { errno?: unknown }).errno === 'number';

function open(urls: Record<keyof Databases, string>): Databases {
  try {
    return {
      queue: new ReadOnlyDatabase(urls.queue),
      reservation: new ReadOnlyDatabase(urls.reservation),
      payment: new ReadOnlyDatabase(urls.payment),
      result: new ReadOnlyDatabase(urls.result),
    };
  } catch (error) {
    throw new ToolError(`a database address cannot be used: ${(error as Error).message}`);
  }
}

function allPasses(databases: Databases, options: Options, env: Env): Pass[] {
  const { graceMs, keepDecisionsMs } = options;
  const terms = () => ({
    now: new Date(),
    graceMs,
    keepDecisionsMs,
    chargesWallets: (env.PAYMENT_PROVIDER || 'wallet') === 'wallet',
  });
  return [
    ...reservationPasses(databases, terms),
    refundPass(databases, terms),
    ...ledgerPasses(databases.payment),
    schedulePass(databases),
  ];
}

function kafkaOf(env: Env) {
  try {
    return parseConfig(kafkaConfig, env, { app: 'reconcile' });
  } catch (error) {
    throw error instanceof ConfigError ? new ToolError(error.message) : error;
  }
}

async function send(
  mendable: readonly Finding[],
  config: ReturnType<typeof kafkaOf>,
  options: Options,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const messages = messagesFor(mendable, options, uuidv7Ids, new Date());
  const perTopic = Map.groupBy(messages, ({ topic }) => topic);
  const these = [...perTopic].map(([topic, of]) => `${of.length} to ${topic}`).join(', ');
  const question = `${messages.length} messages (${these}) for ${mendable.length} differences.`;
  if (options.yes) terminal.note(question);
  else if (!(await terminal.confirm(`${question} Send them?`))) {
    throw new ToolError(`${question} Nothing was sent: confirm it at a terminal, or with --yes.`);
  }
  const logger = createLogger({ name: 'reconcile', level: 'silent', pretty: false });
  const client = openKafka(config, logger, { clientId: 'reconcile' });
  const producer = new MessageProducer(client);
  try {
    for (let start = 0; start < messages.length; start += SENT_TOGETHER) {
      signal.throwIfAborted();
      await producer.send(messages.slice(start, start + SENT_TOGETHER));
      terminal.progress(`${Math.min(start + SENT_TOGETHER, messages.length)} of ${messages.length} sent`);
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new ToolError(`not all messages were sent, run it again: ${(error as Error).message}`);
  } finally {
    await producer.close();
    await client.close();
  }
}

/** Looks again until all are gone, or the time is over; answers those that are left. */
async function untilMended(
  passes: readonly Pass[],
  mendable: readonly Finding[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Finding[]> {
  const until = performance.now() + MENDED_WITHIN_MS;
  let left: Finding[] = [...mendable];
  while (left.length > 0 && performance.now() < until) {
    await sleep(MENDED_POLL_MS, undefined, { signal });
    left = await lookAgain(passes, left, PAGE_SIZE);
    terminal.progress(`${mendable.length - left.length} of ${mendable.length} mended`);
  }
  return left;
}
