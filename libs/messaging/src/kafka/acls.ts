import { accessOf, allTopics, appNames } from '@stagedoor/contracts';
import kafkajs, { type AclEntry } from 'kafkajs';
import type { KafkaClient } from './kafka-client.ts';

// Node finds no named export of these in kafkajs' CommonJS.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/** The principal that creates topics, and does nothing else. */
export const TOPICS_PRINCIPAL = 'topics';

const TOPIC_OPERATIONS = [
  AclOperationTypes.CREATE,
  AclOperationTypes.DESCRIBE,
  AclOperationTypes.DESCRIBE_CONFIGS,
  AclOperationTypes.ALTER_CONFIGS,
];

/**
 * What each app's principal `User:<app>` is allowed (accessOf in the contracts), and what `User:topics` is. READ and WRITE
 * imply DESCRIBE, and WRITE the producer id of an idempotent producer.
 */
export function aclsOf({ topicName, groupName }: Pick<KafkaClient, 'topicName' | 'groupName'>): AclEntry[] {
  const allow = (principal: string, resourceType: number, resourceName: string, operation: number): AclEntry => ({
    principal: `User:${principal}`,
    host: '*',
    resourceType,
    resourceName,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    operation,
    permissionType: AclPermissionTypes.ALLOW,
  });
  const ofTopic = (principal: string, name: string, operation: number): AclEntry =>
    allow(principal, AclResourceTypes.TOPIC, topicName(name), operation);
  return [
    ...appNames.flatMap((app) => {
      const { group, reads, writes } = accessOf(app);
      return [
        ...reads.map((name) => ofTopic(app, name, AclOperationTypes.READ)),
        ...writes.map((name) => ofTopic(app, name, AclOperationTypes.WRITE)),
        allow(app, AclResourceTypes.GROUP, groupName(group), AclOperationTypes.READ),
      ];
    }),
    ...allTopics.flatMap(({ name }) => TOPIC_OPERATIONS.map((operation) => ofTopic(TOPICS_PRINCIPAL, name, operation))),
  ];
}

/**
 * Adds the rules to what the broker has; safe to repeat. Needs a principal that may alter the cluster. Takes nothing away:
 * a rule of an operator's own stays.
 */
export async function createAcls(client: KafkaClient): Promise<AclEntry[]> {
  const admin = client.kafka.admin();
  await admin.connect();
  try {
    const acl = aclsOf(client);
    await admin.createAcls({ acl });
    return acl;
  } finally {
    await admin.disconnect();
  }
}
