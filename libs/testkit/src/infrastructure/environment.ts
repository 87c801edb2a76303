import { randomBytes } from 'node:crypto';

/**
 * Where the test infrastructure is.
 * @throws Error that says how to get one
 */
export function testServer(name: 'TEST_MYSQL_URL' | 'TEST_REDIS_URL' | 'TEST_KAFKA_BROKERS'): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new Error(`${name} is not set: run through \`npm test\`, or see libs/testkit/README.md for one suite alone`);
  }
  return value;
}

/** Part of a name that no other test has. */
export function randomName(): string {
  return randomBytes(6).toString('hex');
}
