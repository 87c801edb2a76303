import { OverloadedError, PermanentError, Problem, TransientError } from './errors.ts';

// A cause chain longer than this is a cycle.
const DEEPEST_CAUSE = 10;

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND', // a service that is being replaced has no name for a moment
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_SOCKET',
]);

// Numbers that MariaDB, MySQL or the driver give to what passes: too many connections, shutdown, lost connection,
// deadlock, lock wait, killed, read-only during a failover.
const mysqlErrnos = new Set([
  1040, 1042, 1053, 1077, 1078, 1158, 1159, 1160, 1161, 1180, 1203, 1205, 1213, 1290, 1317, 1792, 1836, 1927, 1969,
  2002, 2003, 2006, 2013, 2055, 3024, 3169, 3572, 4031,
]);

// What the driver numbers itself: connection lost, closed or timed out, no connection to be had from the pool.
const driverErrnos = new Set([
  45001, 45004, 45009, 45012, 45013, 45019, 45026, 45027, 45028, 45035, 45037, 45042, 45060, 45061,
]);

// Unreachable, timed out, connection closed, pool timeout, transaction not started in time, write conflict.
const prismaCodes = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037']);

const redisReply = /^(LOADING|READONLY|CLUSTERDOWN|TRYAGAIN|MASTERDOWN|NOREPLICAS|BUSY) /;
const redisClosed = /^(Connection is closed|Stream isn't writeable|Command timed out)/;

/**
 * Whether trying the same again may succeed: database, Redis or Kafka not reachable, deadlock, lock wait, pool timeout,
 * overload. The chain of causes is followed, and what the Prisma adapter wraps is looked into.
 */
export function isTransient(error: unknown): boolean {
  let current = error;
  for (let depth = 0; depth < DEEPEST_CAUSE && typeof current === 'object' && current !== null; depth++) {
    if (current instanceof TransientError || current instanceof OverloadedError) return true;
    // A verdict that the application reached is final, whatever led to it.
    if (current instanceof PermanentError || current instanceof Problem) return false;
    if (saysTransient(current as ErrorLike)) return true;
    current = nextCause(current as ErrorLike);
  }
  return false;
}

/** MariaDB's or MySQL's error number, wherever in the chain it hides; undefined when the error is not the database's. */
export function mysqlErrno(error: unknown): number | undefined {
  let current = error;
  for (let depth = 0; depth < DEEPEST_CAUSE && typeof current === 'object' && current !== null; depth++) {
    const found = errnoOf(current as ErrorLike);
    if (found !== undefined) return found;
    current = nextCause(current as ErrorLike);
  }
  return undefined;
}

interface ErrorLike {
  name?: unknown;
  code?: unknown;
  errno?: unknown;
  sqlState?: unknown;
  message?: unknown;
  retriable?: unknown;
  cause?: unknown;
  originalError?: unknown; // kafkajs
  originalCode?: unknown; // what the Prisma adapter keeps of the driver's errno
  meta?: { driverAdapterError?: unknown } | null;
}

function saysTransient(error: ErrorLike): boolean {
  if (typeof error.code === 'string') {
    if (networkCodes.has(error.code) || prismaCodes.has(error.code)) return true;
  }
  const errno = errnoOf(error);
  if (errno !== undefined && (mysqlErrnos.has(errno) || driverErrnos.has(errno))) return true;
  // SQLSTATE class 08: connection exception.
  if (typeof error.sqlState === 'string' && error.sqlState.startsWith('08')) return true;
  if (typeof error.name === 'string' && error.name.startsWith('KafkaJS')) {
    return error.retriable === true || kafkaNames.has(error.name);
  }
  if (error.name === 'MaxRetriesPerRequestError') return true;
  if (typeof error.message !== 'string') return false;
  return redisClosed.test(error.message) || (error.name === 'ReplyError' && redisReply.test(error.message));
}

// kafkajs marks these as not retriable because it has retried already: for us it is still only a broker that is away.
const kafkaNames = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSGroupCoordinatorNotFound',
  'KafkaJSTimeout',
  'KafkaJSLockTimeout',
]);

function errnoOf(error: ErrorLike): number | undefined {
  if (typeof error.errno === 'number' && error.errno > 0) return error.errno;
  if (typeof error.originalCode === 'string' && /^\d+$/.test(error.originalCode)) return Number(error.originalCode);
  return undefined;
}

function nextCause(error: ErrorLike): unknown {
  return error.cause ?? error.originalError ?? error.meta?.driverAdapterError;
}
