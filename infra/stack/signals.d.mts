/** Handlers for the first request to stop, and for a second one half a second later or more. */
export function onStopSignals(handlers: { onFirst(signal: string): void; onSecond(): void }): () => void;
