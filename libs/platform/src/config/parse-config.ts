import type { z } from 'zod';

/** The environment is wrong: one line per mistake. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly mistakes: string[];

  constructor(app: string, mistakes: string[]) {
    super(mistakes.map((mistake) => `${app}: ${mistake}`).join('\n'));
    this.mistakes = mistakes;
  }
}

/**
 * Reads the environment once. An empty variable counts as not set.
 * @throws ConfigError with one line per mistake
 */
export function parseConfig<Schema extends z.ZodObject>(
  schema: Schema,
  env: Record<string, string | undefined>,
  { app }: { app: string },
): z.output<Schema> {
  const set = Object.fromEntries(Object.entries(env).filter(([name, value]) => value && name in schema.shape));
  const parsed = schema.safeParse(set);
  const mistakes = parsed.success
    ? rules.flatMap((rule) => rule(parsed.data))
    : parsed.error.issues.map(
        (issue) => `${issue.path.join('.')}: ${missing(issue, set) ? 'is not set' : issue.message}`,
      );
  if (!parsed.success || mistakes.length > 0) throw new ConfigError(app, mistakes);
  return parsed.data;
}

/** As parseConfig, for main.ts: prints the mistakes to standard error and exits with 1. */
export function configOrExit<Schema extends z.ZodObject>(
  schema: Schema,
  env: Record<string, string | undefined>,
  options: { app: string },
): z.output<Schema> {
  try {
    return parseConfig(schema, env, options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

function missing(issue: z.core.$ZodIssue, set: Record<string, unknown>): boolean {
  return issue.path.length === 1 && !(String(issue.path[0]) in set);
}

// What ties variables together. They live here and not in the fragments' schemas, because apps spread the fragments'
// shapes into one flat schema, and a refinement would be lost on the way.
const rules: ((config: Record<string, unknown>) => string[])[] = [
  (config) =>
    config.AUTH_MODE === 'dev' && config.NODE_ENV === 'production'
      ? ['AUTH_MODE: dev gives tokens to anyone and is refused where NODE_ENV=production']
      : [],
  (config) => {
    if (!('AUTH_ISSUER' in config)) return [];
    const named = [config.AUTH_JWKS_URL, config.AUTH_PUBLIC_KEYS_FILE].filter((source) => source !== undefined).length;
    return named === 1 ? [] : ['AUTH_JWKS_URL, AUTH_PUBLIC_KEYS_FILE: exactly one of them must be set'];
  },
  (config) =>
    config.KAFKA_SASL_MECHANISM !== undefined &&
    (config.KAFKA_SASL_USERNAME === undefined || config.KAFKA_SASL_PASSWORD === undefined)
      ? ['KAFKA_SASL_MECHANISM: needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD']
      : [],
  (config) =>
    config.PAYMENT_PROVIDER === 'http' && config.PROVIDER_URL === undefined
      ? ['PAYMENT_PROVIDER: http needs PROVIDER_URL']
      : [],
];
