import {
  allTopics,
  deadLetterHeaderNames,
  deadLetterTopic,
  flows,
  headerNames,
  type TopicDefinition,
  type TopicSettings,
  topics,
} from '@stagedoor/contracts';
import { z } from 'zod';

const text = (description: string) => ({ type: 'string', description });

const messageHeaders = {
  type: 'object',
  properties: {
    [headerNames.eventId]: text('UUIDv7; default topic-partition-offset'),
    [headerNames.eventType]: text('what the message says'),
    [headerNames.schemaVersion]: text('default 1'),
    [headerNames.occurredAt]: text('ISO-8601, UTC'),
    [headerNames.producer]: text('the app that wrote it'),
    [headerNames.traceparent]: text('W3C trace context'),
    [headerNames.deadline]: text(
      'payment-requests only: until when it may be charged; default five minutes after requestedAt',
    ),
  },
};

const deadLetterHeaders = {
  type: 'object',
  required: Object.values(deadLetterHeaderNames).filter((name) => name !== deadLetterHeaderNames.replayCount),
  properties: Object.fromEntries(Object.values(deadLetterHeaderNames).map((name) => [name, { type: 'string' }])),
};

const kafkaBinding = ({ partitions, retentionMs }: TopicSettings) => ({
  kafka: { partitions, topicConfiguration: { 'retention.ms': retentionMs } },
});

function settingsOf(name: string): TopicSettings {
  const settings = allTopics.find((topic) => topic.name === name);
  if (settings === undefined) throw new Error(`there is no topic ${name}`);
  return settings;
}

function channels(topic: TopicDefinition<never>) {
  const deadLetters = deadLetterTopic(topic.name);
  return {
    [topic.name]: {
      address: topic.name,
      messages: { [topic.kind]: { $ref: `#/components/messages/${topic.kind}` } },
      bindings: kafkaBinding(topic),
    },
    [deadLetters]: {
      address: deadLetters,
      description: `The original bytes and headers of what could never be processed from ${topic.name}`,
      messages: { DeadLetter: { $ref: '#/components/messages/DeadLetter' } },
      bindings: kafkaBinding(settingsOf(deadLetters)),
    },
  };
}

/** The AsyncAPI 3.0 document of every topic: what is written on it, by whom, and for whom. */
export function asyncApiDocument(): object {
  const definitions = Object.entries(topics) as unknown as [keyof typeof topics, TopicDefinition<never>][];
  const operations = definitions.flatMap(([name, topic]) => [
    ...flows[name].producers.map((app) => [
      `${app}.send.${topic.name}`,
      { action: 'send', channel: { $ref: `#/channels/${topic.name}` } },
    ]),
    ...flows[name].consumers.map((app) => [
      `${app}.receive.${topic.name}`,
      { action: 'receive', channel: { $ref: `#/channels/${topic.name}` } },
    ]),
  ]);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Stagedoor topics',
      version: '1.0.0',
      description:
        'Every message between the services. Writers are strict, as described here; readers ignore unknown fields.',
    },
    defaultContentType: 'application/json',
    channels: Object.assign({}, ...definitions.map(([, topic]) => channels(topic))),
    operations: Object.fromEntries(operations),
    components: {
      messages: {
        ...Object.fromEntries(
          definitions.map(([, topic]) => [
            topic.kind,
            {
              name: topic.kind,
              headers: messageHeaders,
              payload: z.toJSONSchema(topic.writtenSchema, { target: 'draft-7', unrepresentable: 'any', io: 'input' }),
            },
          ]),
        ),
        DeadLetter: { name: 'DeadLetter', headers: deadLetterHeaders, payload: { description: 'The original bytes' } },
      },
    },
  };
}
