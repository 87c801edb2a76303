import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The parts of V8's .cpuprofile that are read here. */
interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  timeDeltas: number[];
}

const TOP = 25;
/** Loading modules and stripping types, which is done once. */
const STARTING_MICROS = 10_000_000;
const NOT_WORK = new Set(['(idle)', '(program)', '(root)']);

/** Where a file belongs: a package, an app's or lib's own path, or Node itself. */
function placeOf(url: string): string {
  const dependency = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url);
  if (dependency !== null) return dependency[1] as string;
  const own = /\/((?:apps|libs|bench)\/.+)$/.exec(url);
  if (own !== null) return own[1] as string;
  return url === '' ? 'native' : url;
}

function selfTimes({ nodes, samples, timeDeltas }: CpuProfile, nameOf: (node: CpuProfile['nodes'][number]) => string) {
  const names = new Map(
    nodes.map((node) => [node.id, NOT_WORK.has(node.callFrame.functionName) ? null : nameOf(node)]),
  );
  const times = new Map<string, number>();
  let total = 0;
  let passed = 0;
  samples.forEach((id, index) => {
    passed += timeDeltas[index] as number;
    if (passed < STARTING_MICROS) return;
    const name = names.get(id);
    if (name === null || name === undefined) return;
    const micros = timeDeltas[index] as number;
    times.set(name, (times.get(name) ?? 0) + micros);
    total += micros;
  });
  return [...times]
    .sort(([, a], [, b]) => b - a)
    .slice(0, TOP)
    .map(([name, micros]) => `  ${((micros / total) * 100).toFixed(1).padStart(5)} %  ${name}`);
}

/** Of each profile in a folder: which packages and which functions took the time, without what they called. */
export function profileText(folder: string): string {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.cpuprofile'))
    .flatMap((file) => {
      const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile;
      return [
        `${file}: self time by file or package`,
        ...selfTimes(profile, ({ callFrame }) => placeOf(callFrame.url)),
        'by function',
        ...selfTimes(
          profile,
          ({ callFrame: { functionName, url, lineNumber } }) =>
            `${functionName === '' ? '(anonymous)' : functionName} ${placeOf(url)}:${lineNumber + 1}`,
        ),
        '',
      ];
    })
    .join('\n');
}
