import { isTransient } from '@stagedoor/platform';

// What no number of attempts changes, only an operator: credentials, permissions, versions, a codec we do not have.
const hopelessNames = new Set([
  'KafkaJSSASLAuthenticationError',
  'KafkaJSNotImplemented',
  'KafkaJSServerDoesNotSupportApiKey',
  'KafkaJSUnsupportedMagicByteInMessageSet',
  'KafkaJSInvariantViolation',
]);
const hopelessTypes = /AUTHORIZATION_FAILED$|^(UNSUPPORTED_VERSION|INVALID_GROUP_ID|INVALID_TOPIC_EXCEPTION)$/;

interface KafkaErrorLike {
  name?: unknown;
  type?: unknown;
  cause?: unknown;
  originalError?: unknown;
}

/** Whether a consumer that ended with this error should not be started again in this process. */
export function isFatal(error: unknown): boolean {
  let current = error as KafkaErrorLike | null | undefined;
  let deepest = current;
  for (let depth = 0; depth < 10 && typeof current === 'object' && current !== null; depth++) {
    if (hopelessNames.has(String(current.name)) || hopelessTypes.test(String(current.type))) return true;
    deepest = current;
    current = (current.cause ?? current.originalError) as typeof current;
  }
  // A mistake in the program (kafkajs' or ours) would come again with every start: let the supervisor see it.
  return !isTransient(error) && (deepest instanceof TypeError || deepest instanceof RangeError);
}
