import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { APPS, HEAP_MEGABYTES } from './system.ts';

interface Kustomization {
  configMapGenerator: { name: string; literals: string[] }[];
}

test('the apps are measured with the heaps that the manifests give them', async () => {
  const text = await readFile(new URL('../../../k8s/base/kustomization.yaml', import.meta.url), 'utf8');
  const { configMapGenerator } = parse(text) as Kustomization;
  for (const app of APPS) {
    const literals = configMapGenerator.find(({ name }) => name === `${app}-config`)?.literals;
    expect(literals, app).toContain(`NODE_OPTIONS=--max-old-space-size=${HEAP_MEGABYTES[app]}`);
  }
});
