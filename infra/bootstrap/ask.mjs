/** A question on the terminal. */
import { createInterface } from 'node:readline/promises';

/**
 * @param {string} question
 * @param {{ yesByDefault: boolean, signal?: AbortSignal }} options
 */
export async function askYesNo(question, { yesByDefault, signal }) {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    // Ctrl-C at the question belongs to readline, which would swallow it.
    terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    const answer = (await terminal.question(`${question} ${yesByDefault ? '[Y/n]' : '[y/N]'} `, { signal })).trim();
    return answer === '' ? yesByDefault : /^y(es)?$/i.test(answer);
  } finally {
    terminal.close();
  }
}
