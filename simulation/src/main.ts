/** `npm run simulate`: see HELP below, and simulation/README.md. */
import { parseArgs } from 'node:util';
import { checkMutations } from './mutations/check.ts';
import { runMany } from './pool.ts';
import { run } from './run.ts';

const DEFAULT_RUNS = 10_000;
const DEFAULT_RUNS_PER_MUTATION = 2_000;
const SHOWN_FAILURES = 10;

const HELP = `npm run simulate -- [options]

Runs the code of the four services over a simulated broker, database and clock while everything fails, and checks I1 to
I10 after every step. What failed is named by its seed, and the seed replays it.

  --runs N       that many seeds in a row, ${DEFAULT_RUNS} unless said; with --mutations at most so many for each mistake,
                 ${DEFAULT_RUNS_PER_MUTATION} unless said
  --seed S       the first of them; alone: this one, with its trace if it fails
  --trace        the trace of that one in any case
  --mutations    puts deliberate mistakes into the shipped code, one at a time: each must be caught
  --help         this`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    runs: { type: 'string' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    mutations: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(HELP);
  process.exit(0);
}

const wholeNumber = (name: string, text: string): number => {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1 || number >= 2 ** 32) {
    console.error(`--${name} takes a whole number from 1 to ${2 ** 32 - 1}, not ${text}`);
    process.exit(2);
  }
  return number;
};

const seed = values.seed === undefined ? undefined : wholeNumber('seed', values.seed);
const runs = values.runs === undefined ? undefined : wholeNumber('runs', values.runs);
const sound = await chosen();
process.exitCode = sound ? 0 : 1;

function chosen(): Promise<boolean> {
  if (values.mutations) return mutate(seed ?? 1, runs ?? DEFAULT_RUNS_PER_MUTATION);
  if (seed !== undefined && runs === undefined) return replay(seed);
  return explore(seed ?? fresh(), runs ?? DEFAULT_RUNS);
}

/** Other seeds each time, small enough to be typed. */
function fresh(): number {
  return 1 + Math.floor(Math.random() * 1_000_000_000);
}

/** One seed, told step by step when it fails or when asked to. */
async function replay(which: number): Promise<boolean> {
  const result = await run(which, { trace: true });
  if (values.trace || result.broken.length > 0) console.log(result.trace.join('\n'));
  const statuses = JSON.stringify(result.statuses);
  console.log(`seed ${which}: ${result.steps} steps, trace ${result.hash.toString(16)}, reservations ${statuses}`);
  for (const line of result.broken) console.log(`  broken: ${line}`);
  if (result.broken.length === 0) console.log('  every invariant held');
  return result.broken.length === 0;
}

async function explore(from: number, count: number): Promise<boolean> {
  console.log(`${count} runs from seed ${from}`);
  const startedAt = performance.now();
  const seconds = () => ((performance.now() - startedAt) / 1_000).toFixed(1);
  const tally = await runMany({ from, runs: count }, ({ runs: done, failed }) => {
    const line = `${done} of ${count} runs, ${failed.length} failed, ${seconds()} s`;
    if (process.stdout.isTTY) process.stdout.write(`\r${line}   `);
  });
  if (process.stdout.isTTY) process.stdout.write('\n');
  console.log(
    `${tally.runs} runs, ${tally.steps} steps, ${seconds()} s; reservations ${JSON.stringify(tally.statuses)}`,
  );
  for (const { seed: failed, broken } of tally.failed.slice(0, SHOWN_FAILURES)) {
    console.log(`FAILED seed ${failed}: ${broken.join('; ')}`);
  }
  const [first] = tally.failed;
  if (first === undefined) console.log('every invariant held in every run');
  else {
    console.log(`${tally.failed.length} runs failed; the first, step by step:`);
    await replay(first.seed);
    console.log(`again: npm run simulate -- --seed ${first.seed}`);
  }
  return first === undefined;
}

/** The checker, checked: each deliberate mistake must be caught. */
async function mutate(from: number, most: number): Promise<boolean> {
  console.log(`deliberate mistakes, each against up to ${most} runs from seed ${from}`);
  const results = await checkMutations({ from, runs: most }, ({ name, runs: taken, broken }) =>
    console.log(
      taken === null ? `NOT CAUGHT        ${name}` : `caught by run ${String(taken).padStart(4)} ${name}: ${broken}`,
    ),
  );
  const missed = results.filter(({ runs: taken }) => taken === null);
  console.log(`${results.length - missed.length} of ${results.length} caught`);
  return missed.length === 0;
}
