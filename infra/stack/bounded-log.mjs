/** A log file that cannot fill the disk: at its limit it becomes `<file>.1`, and a new one begins. */
import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export const LOG_MAX_BYTES = 10 * 1024 * 1024;
/** A line longer than this is cut, so that output without line ends cannot fill the memory. */
const LINE_MAX_CHARACTERS = 16 * 1024;
const TAIL_LINES = 40;

/**
 * @param {string} file
 * @param {{ maxBytes?: number, onLine?: (line: string) => void }} [options]
 */
export function openBoundedLog(file, { maxBytes = LOG_MAX_BYTES, onLine } = {}) {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  let descriptor = openSync(file, 'a', 0o600);
  let size = statSync(file).size;
  /** @type {string[]} */
  let tail = [];

  function write(line) {
    const text = `${line}\n`;
    const bytes = Buffer.byteLength(text);
    if (size > 0 && size + bytes > maxBytes) rotate();
    size += bytes;
    try {
      writeSync(descriptor, text);
    } catch {
      // A full disk must not take the stack down; the line was printed all the same.
    }
    tail.push(line);
    if (tail.length > 2 * TAIL_LINES) tail = tail.slice(-TAIL_LINES);
  }

  function keep(line) {
    write(line);
    onLine?.(line);
  }

  function rotate() {
    closeSync(descriptor);
    renameSync(file, `${file}.1`);
    descriptor = openSync(file, 'a', 0o600);
    size = 0;
  }

  return {
    file,
    /** A line of ours, for the file alone. */
    mark: write,
    /** Reads a stream of a child process line by line. */
    follow(stream) {
      let rest = '';
      stream.setEncoding('utf8');
      stream.on('data', (chunk) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) keep(line.slice(0, LINE_MAX_CHARACTERS));
        if (rest.length > LINE_MAX_CHARACTERS) {
          keep(rest.slice(0, LINE_MAX_CHARACTERS));
          rest = '';
        }
      });
      stream.on('end', () => {
        if (rest !== '') keep(rest);
      });
      stream.on('error', () => {});
    },
    /** The last lines, for the message about a process that ended. */
    tail: () => tail.slice(-TAIL_LINES),
    close: () => closeSync(descriptor),
  };
}
