import type { z } from 'zod';

/** One row of the README's configuration table. */
export interface ConfigRow {
  name: string;
  /** The default as one would write it; null where the variable must be set, empty where it may be left out. */
  default: string | null;
  description: string;
}

/**
 * What a config schema says about itself.
 * @throws Error for a variable without a description
 */
export function describeConfig(schema: z.ZodObject): ConfigRow[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const type = field as z.ZodType;
    const description = descriptionOf(type);
    if (description === undefined) throw new Error(`${name} has no description`);
    return { name, default: defaultOf(type), description };
  });
}

function defaultOf(type: z.ZodType): string | null {
  // What parsing "not set" gives is the default, however deep in the schema it was written.
  const parsed = type.safeParse(undefined);
  if (!parsed.success) return null;
  const value: unknown = parsed.data;
  return value === undefined ? '' : Array.isArray(value) ? value.join(',') : String(value);
}

/** An app that gives a shared variable its own default wraps it: the description is then inside. */
function descriptionOf(type: z.ZodType): string | undefined {
  const inner = 'unwrap' in type && typeof type.unwrap === 'function' ? (type.unwrap() as z.ZodType) : undefined;
  return type.description ?? (inner === undefined ? undefined : descriptionOf(inner));
}
