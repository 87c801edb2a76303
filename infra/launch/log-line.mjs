/** The apps log JSON; on the terminal people read it. The files keep the JSON. */

const LEVELS = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };
/** Said by the prefix, by the terminal, or of no interest to people. */
const HIDDEN = new Set(['level', 'time', 'pid', 'hostname', 'name', 'app', 'service', 'msg', 'v']);

/** @param {string} line */
export function readableLogLine(line) {
  if (!line.startsWith('{"level":')) return line;
  let entry;
  try {
    entry = JSON.parse(line);
  } catch {
    return line;
  }
  const level = LEVELS[entry.level] ?? String(entry.level);
  const fields = Object.entries(entry)
    .filter(([name]) => !HIDDEN.has(name))
    .map(([name, value]) => `${name}=${name === 'err' ? errorText(value) : text(value)}`);
  return [level.padEnd(5), entry.msg ?? '', ...fields].join(' ');
}

const text = (value) => (typeof value === 'string' ? value : JSON.stringify(value));

function errorText(error) {
  return typeof error === 'object' && error !== null
    ? (error.stack ?? error.message ?? JSON.stringify(error))
    : String(error);
}
