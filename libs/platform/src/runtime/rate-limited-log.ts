interface ErrorLog {
  error(object: object, message: string): void;
}

const LINES_PER_SECOND = 10;

/**
 * Logs errors, but no more than ten lines a second: when a database is away at 10,000 requests a second, the log must
 * not become the next thing to fail. The first line of the next second says how many were left out.
 */
export class RateLimitedLog {
  readonly #logger: ErrorLog;
  readonly #nowMs: () => number;
  #second = 0;
  #written = 0;
  #leftOut = 0;

  constructor(logger: ErrorLog, nowMs: () => number = () => performance.now()) {
    this.#logger = logger;
    this.#nowMs = nowMs;
  }

  error(object: object, message: string): void {
    const second = Math.floor(this.#nowMs() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#written = 0;
    }
    if (this.#written >= LINES_PER_SECOND) {
      this.#leftOut++;
      return;
    }
    this.#written++;
    this.#logger.error(this.#leftOut > 0 ? { ...object, linesLeftOut: this.#leftOut } : object, message);
    this.#leftOut = 0;
  }
}
