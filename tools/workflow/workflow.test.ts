import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { appNames } from '@stagedoor/contracts';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..', '..');
const text = readFileSync(join(root, '.github/workflows/ci.yml'), 'utf8');

interface Job {
  'timeout-minutes'?: number;
  steps: { uses?: string; run?: string }[];
}
const { jobs } = parse(text) as { jobs: Record<string, Job> };
const commands = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));

test('actions are pinned by commit, with the version beside it', () => {
  const uses = text.split('\n').filter((line) => line.includes('uses:'));
  for (const line of uses) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  const versions = new Map<string, Set<string>>();
  for (const [, action = '', version = ''] of text.matchAll(/uses: ([\w/-]+)@(.+)$/gm)) {
    versions.set(action, (versions.get(action) ?? new Set()).add(version));
  }
  for (const [action, found] of versions) expect([...found], action).toHaveLength(1);
});

test('jobs end by themselves, and may read only', () => {
  expect(text).toMatch(/^permissions: \{ contents: read \}$/m);
  for (const [name, job] of Object.entries(jobs)) expect(job['timeout-minutes'], name).toBeLessThanOrEqual(45);
});

test('every command and file that it names is there', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
  for (const command of commands) {
    for (const [, script = ''] of command.matchAll(/npm run ([\w:-]+)/g)) expect(scripts).toHaveProperty([script]);
    for (const [, file = ''] of command.matchAll(/\bnode (\S+)/g))
      expect(existsSync(join(root, file)), file).toBe(true);
  }
  for (const app of appNames) expect(commands.join('\n')).toContain(app);
  for (const [, files = ''] of text.matchAll(/'(docker-compose[^']*)'/g)) {
    for (const file of files.split(':')) expect(existsSync(join(root, file)), file).toBe(true);
  }
});
