/** What was tried, how it ended, and how long it took. */

/** @typedef {{ section: string, name: string, state: 'ok' | 'FAILED' | 'not run', seconds: number }} Step */

/**
 * @param {{ print: (text: string) => void, now?: () => number, signal?: AbortSignal }} settings `now` in milliseconds
 */
export function createSteps({ print, now = () => performance.now(), signal }) {
  /** @type {Step[]} */
  const steps = [];
  const begin = now();
  const say = (text) => print(`[${clock(now() - begin)}] ${text}`);

  /** Steps that stand on each other: after one that blocks has failed, the rest is not run, and counts as failed. */
  function section(title) {
    let blocked = false;
    return {
      /** What a step is at. */
      progress: (text) => say(`${title}:   ${text}`),
      /**
       * @template T
       * @param {string} name
       * @param {() => Promise<T>} work may answer with a remark for the progress line
       * @param {{ blocks?: boolean }} [options]
       */
      async run(name, work, { blocks = false } = {}) {
        if (blocked || signal?.aborted) {
          steps.push({ section: title, name, state: 'not run', seconds: 0 });
          return;
        }
        say(`${title}: ${name} …`);
        const start = now();
        const end = (state) => steps.push({ section: title, name, state, seconds: (now() - start) / 1000 });
        try {
          const remark = await work();
          end('ok');
          say(`${title}: ${name}: ok, ${seconds(now() - start)}${remark ? ` (${remark})` : ''}`);
        } catch (error) {
          end('FAILED');
          blocked ||= blocks;
          say(`${title}: ${name}: FAILED after ${seconds(now() - start)}\n${indented(error.message)}`);
        }
      },
    };
  }

  return { say, section, all: () => steps };
}

/** @param {Step[]} steps @returns {string} one line for each */
export function table(steps) {
  const width = Math.max(...steps.map(({ name }) => name.length), 4);
  const line = (section, name, state, took) =>
    `${section.padEnd(7)}  ${name.padEnd(width)}  ${state.padEnd(7)}  ${took.padStart(8)}`;
  return [
    line('pass', 'step', 'result', 'seconds'),
    ...steps.map((step) => line(step.section, step.name, step.state, step.seconds.toFixed(1))),
  ].join('\n');
}

/** @param {Step[]} steps */
export function countOf(steps) {
  const passed = steps.filter(({ state }) => state === 'ok').length;
  return { passed, failed: steps.length - passed };
}

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

const indented = (text) =>
  text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');

function clock(ms) {
  const whole = Math.floor(ms / 1000);
  return `${String(Math.floor(whole / 60)).padStart(2, '0')}:${String(whole % 60).padStart(2, '0')}`;
}
