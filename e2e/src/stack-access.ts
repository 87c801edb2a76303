import type { SystemAccess } from '@stagedoor/testkit';
import type { Stack } from '../../infra/stack/index.mjs';

/** Where the invariants of a whole stack are read. */
export function accessOf(stack: Pick<Stack, 'admin'>): SystemAccess {
  const database = (name: string) => {
    const url = new URL(stack.admin.mysqlUrl);
    url.pathname = `/${name}`;
    return url.href;
  };
  return {
    databases: {
      queue: database('queue'),
      reservation: database('reservation'),
      payment: database('payment'),
      result: database('result'),
    },
    kafka: { brokers: stack.admin.kafkaBrokers.split(','), topicPrefix: '' },
  };
}
