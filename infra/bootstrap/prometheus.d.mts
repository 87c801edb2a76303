/** The path of the program; null where there is none. */
export function findPrometheus(program: 'prometheus' | 'promtool', cache?: string): string | null;

/** Prometheus and promtool by apt, into our own folder. */
export function unpackPrometheus(apt: unknown, options?: { cache?: string; signal?: AbortSignal }): Promise<void>;
