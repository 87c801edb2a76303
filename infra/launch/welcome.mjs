/** What is printed once everything runs. */
import { relative } from 'node:path';
import { APP_NAMES } from '../stack/apps.mjs';

/**
 * @param {import('../stack/index.d.mts').Stack} stack
 * @param {{ seconds: number, infraOnly: boolean, without: string[] }} run
 */
export function welcome(stack, { seconds, infraOnly, without }) {
  const { edge } = stack.urls;
  const inside = relative(process.cwd(), stack.folder);
  const folder = inside === '' || inside.startsWith('..') ? stack.folder : inside;
  const footer = `Data, keys and logs are in ${folder}/. Ctrl-C stops everything.`;
  if (infraOnly) {
    return `
Infrastructure is up (${seconds.toFixed(1)} s), the databases are migrated, the topics are there.
Environments for the apps are in ${folder}/env/, and "npx nx serve <app>" reads them:

${APP_NAMES.map((app) => `  npx nx serve ${app}`).join('\n')}

The edge sends ${edge} to them. ${footer}
`;
  }
  const missing = without.length > 0 ? `Left out: ${without.join(', ')} ("npx nx serve <app>" runs one).\n` : '';
  return `
Stagedoor is up: ${edge} (${seconds.toFixed(1)} s)
${missing}
Open
  ${edge}/        where to begin
  ${edge}/docs    the interfaces of the four apps
  ${edge}/health/queue-gateway    and the same for the other apps

Try
  curl -s ${edge}/v1/concerts
  TOKEN=$(curl -s ${edge}/v1/dev/tokens -H 'content-type: application/json' -d '{"userId":"fan-1"}' | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')
  curl -s -X POST ${edge}/v1/schedules/1/queue -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -d '{}'

${footer}
`;
}
