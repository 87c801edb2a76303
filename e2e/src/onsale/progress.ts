import type { Progress } from '../crowd/run.ts';
import type { Tally } from '../crowd/tally.ts';

/** Live progress: one line that is written over on a terminal, a line every ten seconds elsewhere. */
export function progressLine(tally: Tally) {
  const isTerminal = process.stderr.isTTY === true;
  let lastPrintedS = -10;
  return {
    show({ elapsedMs, sales, visiting }: Progress): void {
      const seconds = Math.floor(elapsedMs / 1000);
      const text =
        `${seconds} s · ${tally.of('arrived')} arrived, ${visiting} not gone · ${sales.sold} sold, ` +
        `${sales.claimed - sales.sold} held of ${sales.total} · ${tally.of('hold refused: SEAT_TAKEN')} conflicts`;
      if (isTerminal) process.stderr.write(`\r\x1b[2K${text}`);
      else if (seconds - lastPrintedS >= 10) {
        lastPrintedS = seconds;
        console.error(text);
      }
    },
    say(text: string): void {
      process.stderr.write(isTerminal ? `\r\x1b[2K${text}\n` : `${text}\n`);
    },
    end(): void {
      if (isTerminal) process.stderr.write('\n');
    },
  };
}
