/** Run in a copy of the project: runs seeds until one breaks an invariant, and prints which and after how many. */
import { run } from '../run.ts';

export interface FirstFailure {
  runs: number;
  broken: string[];
}

const [from = 1, runs = 1] = process.argv.slice(2).map(Number);
let failure: FirstFailure = { runs, broken: [] };
for (let n = 0; n < runs; n++) {
  const { broken } = await run(from + n);
  if (broken.length === 0) continue;
  failure = { runs: n + 1, broken };
  break;
}
console.log(JSON.stringify(failure));
