/** What the launcher says. A closed terminal never stops it: the same is in the logs. */

const COLOURS = [36, 35, 33, 32, 34, 96, 95, 93];

/**
 * @typedef {object} Report
 * @property {(text: string) => void} note what one should know
 * @property {(text: string) => void} step progress
 * @property {(name: string, text: string) => void} line a line of a process
 */

/**
 * @param {{ output?: NodeJS.WriteStream, format?: (line: string) => string }} [options] `format`: of a process's line
 * @returns {Report}
 */
export function terminalReport({ output = process.stdout, format = (line) => line } = {}) {
  const coloured = output.isTTY === true && !process.env.NO_COLOR;
  const colours = new Map();
  let closed = false;
  output.on('error', () => {
    closed = true;
  });
  const print = (text) => {
    if (!closed) output.write(`${text}\n`);
  };
  const label = (name) => {
    if (!coloured) return name.padEnd(19);
    if (!colours.has(name)) colours.set(name, COLOURS[colours.size % COLOURS.length]);
    return `\u001b[${colours.get(name)}m${name.padEnd(19)}\u001b[0m`;
  };
  return {
    note: (text) => print(text),
    step: (text) => print(`  ${text}`),
    line: (name, text) => print(`${label(name)} │ ${format(text)}`),
  };
}

/** For stacks inside tests: silence, the logs hold everything. @type {Report} */
export const silentReport = { note() {}, step() {}, line() {} };
