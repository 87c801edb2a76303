import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The release whose inside is known; any other must be read again before it is patched. */
const VERSION = '2.2.4';

interface Method {
  module: string;
  name: string;
  /** SHA-256 of the method's text, so that a changed copy under the same version number is noticed as well. */
  sha256: string;
}

const SCHEDULE_CHECK: Method = {
  module: 'kafkajs/src/network/requestQueue/index.js',
  name: 'scheduleCheckPendingRequests',
  sha256: '04347ea969c6f2e3754427c0cbaee0bd4ce947fbd82f7b6e027506a06dfc581a',
};
const GROUP_FETCH: Method = {
  module: 'kafkajs/src/consumer/consumerGroup.js',
  name: 'fetch',
  sha256: 'e2e52d81f1e13b90c4fb9816824dd20f9103f9d974f18161574639793eb1cabf',
};
const HANDLE_BATCH: Method = {
  module: 'kafkajs/src/consumer/runner.js',
  name: 'handleBatch',
  sha256: 'cd348d7458107457ffce26cc137154a03b1672c62cb0b6b90ddf9229fd80e741',
};

interface RequestQueue {
  pending: unknown[];
}
interface ConsumerGroup {
  /** A new one is made with each assignment. */
  offsetManager: unknown;
}
type Function_ = (this: never, ...args: never[]) => unknown;

let patched = false;

/**
 * Closes two holes inside kafkajs. Idempotent.
 *
 * Idle spin: the request queue re-arms a 1 ms timer for ever, with nothing pending (tulios/kafkajs #1704, #1556).
 *
 * Stale batches: when one broker's fetch finds stale metadata it rejoins the group while fetches from other brokers go
 * on; what those bring then counts as fetched under the new assignment, which moves its position past messages that
 * nobody has processed. So each batch remembers its assignment, and is dropped, and fetched again, if that is over.
 * @throws Error when kafkajs is not the release that was read
 */
export function patchKafkaJs(): void {
  if (patched) return;
  const { version } = require('kafkajs/package.json') as { version: string };
  if (version !== VERSION) {
    throw new Error(`kafkajs is ${version}, but its patches are for ${VERSION}: read its source again first`);
  }

  replace(SCHEDULE_CHECK, (original) => {
    return function (this: RequestQueue) {
      // With nothing pending there is nothing to come back for: what is pushed later arms the timer itself.
      if (this.pending.length > 0) original.call(this as never);
    };
  });

  const assignments = new WeakMap<object, { group: ConsumerGroup; offsetManager: unknown }>();
  replace(GROUP_FETCH, (original) => {
    return async function (this: ConsumerGroup, nodeId: unknown) {
      const { offsetManager } = this;
      const batches = (await original.call(this as never, nodeId as never)) as object[];
      for (const batch of batches) assignments.set(batch, { group: this, offsetManager });
      return batches;
    };
  });
  replace(HANDLE_BATCH, (original) => {
    return async function (this: unknown, batch: object) {
      const fetched = assignments.get(batch);
      if (fetched !== undefined && fetched.group.offsetManager !== fetched.offsetManager) return undefined;
      return original.call(this as never, batch as never);
    };
  });
  patched = true;
}

function replace(method: Method, replacement: (original: Function_) => Function_): void {
  const { prototype } = require(method.module) as { prototype: Record<string, Function_> };
  const original = prototype[method.name];
  assertUnchanged(method, original);
  prototype[method.name] = replacement(original);
}

/** @throws Error when the method is not the one that was read */
export function assertUnchanged(
  { module, name, sha256 }: Method,
  found: Function_ | undefined,
): asserts found is Function_ {
  const hash = createHash('sha256').update(String(found)).digest('hex');
  if (hash !== sha256) {
    throw new Error(`${name} in ${module} is not the one that its patch is for (${hash}): read its source again first`);
  }
}
