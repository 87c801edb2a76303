/** One line that is written over on a terminal; elsewhere a line every ten seconds. */
export function progressLine() {
  const isTerminal = process.stderr.isTTY === true;
  let lastShownMs = Number.NEGATIVE_INFINITY;
  return {
    show(text: string): void {
      if (isTerminal) process.stderr.write(`\r\x1b[2K${text}`);
      else if (performance.now() - lastShownMs >= 10_000) {
        lastShownMs = performance.now();
        console.error(`  ${text}`);
      }
    },
    say(text: string): void {
      process.stderr.write(isTerminal ? `\r\x1b[2K${text}\n` : `${text}\n`);
    },
    end(): void {
      if (isTerminal) process.stderr.write('\r\x1b[2K');
    },
  };
}
