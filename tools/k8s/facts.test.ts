import { allTopics, appNames } from '@stagedoor/contracts';
import { expect, test } from 'vitest';
import { readFacts } from './facts.ts';

// npm run test:k8s needs kustomize and is not part of npm test; what it reads of the code must not move away unseen.
test('what manifests are held against is found in the code', async () => {
  const facts = await readFacts();
  expect(Object.keys(facts.variables).toSorted()).toEqual([...appNames].toSorted());
  expect(facts.topics).toBe(allTopics);
  expect(facts.routes.length).toBeGreaterThan(4);
  expect(facts.requestsPerSecond).toBeGreaterThan(0);
});
