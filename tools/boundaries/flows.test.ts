import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AppName, appNames, consumerGroups, deadLetterTopic, flows, topics } from '@stagedoor/contracts';
import { describe, expect, test } from 'vitest';

type Key = keyof typeof topics;
const keys = Object.keys(topics) as Key[];
const apps = join(import.meta.dirname, '..', '..', 'apps');

interface Subscriptions {
  CONSUMER_GROUP: string;
  /** The handlers are not called here. */
  subscriptions: (options: object) => { topic: string; deadLetters: boolean }[];
}

/** The topics that an app's code names, in any room. */
function namedBy(app: AppName): string[] {
  const folder = join(apps, app, 'src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('generated'),
  );
  const text = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
  return keys.filter((key) => new RegExp(`\\btopics\\.${key}\\b`).test(text));
}

// The broker's rules are made from the contracts: an app that does more than they say would be refused in production.
describe.each(appNames)('%s does on the topics what the contracts say', (app) => {
  test('reads, in its group, and dead-letters from what it owns', async () => {
    const found = (await import(`../../apps/${app}/src/inbound/kafka/subscriptions.ts`)) as Subscriptions;
    expect(found.CONSUMER_GROUP).toBe(consumerGroups[app]);
    const subscribed = found.subscriptions({}).filter(({ topic }) => !topic.endsWith('.dlq'));
    const consumed = keys.filter((key) => flows[key].consumers.includes(app)).map((key) => topics[key].name);
    expect(subscribed.map(({ topic }) => topic).toSorted()).toEqual(consumed.toSorted());
    const owned = keys.filter((key) => flows[key].owner === app).map((key) => topics[key].name);
    const deadLettered = subscribed.filter(({ deadLetters }) => deadLetters).map(({ topic }) => topic);
    expect(deadLettered.toSorted()).toEqual(owned.toSorted());
  });

  test('names no topic but those that it reads or writes', () => {
    const allowed = keys.filter((key) => flows[key].consumers.includes(app) || flows[key].producers.includes(app));
    expect(namedBy(app).toSorted()).toEqual(allowed.toSorted());
  });
});

test('result-worker alone reads the dead letters, all of them', async () => {
  for (const app of appNames) {
    const { subscriptions } = (await import(`../../apps/${app}/src/inbound/kafka/subscriptions.ts`)) as Subscriptions;
    const read = subscriptions({}).filter(({ topic }) => topic.endsWith('.dlq'));
    const all = keys.map((key) => deadLetterTopic(topics[key].name));
    expect(read.map(({ topic }) => topic).toSorted()).toEqual(app === 'result-worker' ? all.toSorted() : []);
  }
});
