import { type ConfigRow, describeConfig } from '@stagedoor/platform';
import type { z } from 'zod';
import { APPS, type AppName } from './apps.ts';

const SECTION = /(<!-- configuration:start[^>]*-->\n)[\s\S]*?(<!-- configuration:end -->)/;

/** One line of the table: a variable, and the apps that read it. Where their defaults differ, each is named. */
interface Variable extends ConfigRow {
  apps: AppName[];
}

const byName = new Intl.Collator('en').compare;
const written = (value: string | null): string =>
  value === null ? '**required**' : value === '' ? '' : `\`${value}\``;
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function merged(perApp: readonly (readonly [AppName, ConfigRow[]])[]): Variable[] {
  const variables = new Map<string, Variable>();
  for (const [app, rows] of perApp) {
    for (const row of rows) {
      const known = variables.get(row.name);
      if (known === undefined) {
        variables.set(row.name, { ...row, default: written(row.default), apps: [app] });
        continue;
      }
      known.apps.push(app);
      if (!known.default?.split(', ').includes(written(row.default))) known.default += `, ${written(row.default)}`;
    }
  }
  return [...variables.values()].sort((a, b) => b.apps.length - a.apps.length || byName(a.name, b.name));
}

/** The README with its configuration table written anew from the apps' config schemas. */
export async function withConfiguration(readme: string): Promise<string> {
  const perApp = await Promise.all(
    APPS.map(async (app) => {
      const { configSchema } = (await import(`../../apps/${app}/src/config.ts`)) as { configSchema: z.ZodObject };
      return [app, describeConfig(configSchema)] as const;
    }),
  );
  const lines = merged(perApp).map(({ name, default: value, description, apps }) => {
    const who = apps.length === APPS.length ? 'all' : apps.join(', ');
    return `| \`${name}\` | ${value ?? ''} | ${cell(description)} | ${who} |`;
  });
  const table = ['| variable | default | what it is | read by |', '|---|---|---|---|', ...lines].join('\n');
  if (!SECTION.test(readme)) throw new Error('the README has no place for the configuration table');
  return readme.replace(SECTION, (_, start, end) => `${start}${table}\n${end}`);
}
