import { stdin } from 'node:process';
import { createInterface } from 'node:readline/promises';

/** What a command says, and whom it asks. Answers go to standard output, everything else to standard error. */
export interface Terminal {
  print(text: string): void;
  /** Something to know that is no answer. */
  note(text: string): void;
  /** How far it has come; replaces what it said before, and is left out where nobody watches. */
  progress(text: string): void;
  /** True only where somebody says yes; false where nobody can be asked. */
  confirm(question: string): Promise<boolean>;
}

const CLEAR_LINE = '\r\u001b[K';

/** The real one. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  let shown = false;
  const clear = () => {
    if (shown) stderr.write(CLEAR_LINE);
    shown = false;
  };
  return {
    print(text) {
      clear();
      stdout.write(`${text}\n`);
    },
    note(text) {
      clear();
      stderr.write(`${text}\n`);
    },
    progress(text) {
      if (!stderr.isTTY) return;
      clear();
      stderr.write(text.slice(0, Math.max(1, stderr.columns - 1)));
      shown = true;
    },
    async confirm(question) {
      clear();
      if (!stdin.isTTY) return false;
      const asking = createInterface({ input: stdin, output: stderr });
      try {
        return /^y(es)?$/i.test((await asking.question(`${question} [y/N] `)).trim());
      } finally {
        asking.close();
      }
    },
  };
}
