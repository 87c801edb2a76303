/** The path of the program; null where there is none. */
export function findPrometheus(program: 'prometheus' | 'promtool', cache?: string): string | null;
