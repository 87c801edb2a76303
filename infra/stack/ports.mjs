/** Which port is whose, which variable moves it, and which are free. */
import { createServer } from 'node:net';

/** @typedef {Record<string, number>} Ports */

/** name → variable, default, and the place within a block of free ports */
export const PORTS = {
  edge: { variable: 'EDGE_PORT', default: 8080, offset: 0 },
  'queue-gateway': { variable: 'QUEUE_GATEWAY_PORT', default: 3001, offset: 1 },
  'reservation-service': { variable: 'RESERVATION_SERVICE_PORT', default: 3002, offset: 2 },
  'payment-worker': { variable: 'PAYMENT_WORKER_PORT', default: 3003, offset: 3 },
  'result-worker': { variable: 'RESULT_WORKER_PORT', default: 3004, offset: 4 },
  mariadb: { variable: 'MYSQL_PORT', default: 3307, offset: 5 },
  redis: { variable: 'REDIS_PORT', default: 6380, offset: 6 },
  kafka: { variable: 'KAFKA_PORT', default: 9092, offset: 7 },
  'kafka-controller': { variable: 'KAFKA_CONTROLLER_PORT', default: 9093, offset: 8 },
};

/** Further replicas of an app listen this far apart: 3001, 3011, 3021, … */
export const REPLICA_STEP = 10;
export const REPLICAS_MAX = 4;

/** Blocks lie below the ephemeral ports (32768 and up), so that no outgoing connection takes one meanwhile. */
const BLOCK_SIZE = 40;
const FIRST_BLOCK = 20_000;
const BLOCKS = 300;

/** @param {string} app @param {number} replica 0 is the first */
export const replicaPort = (ports, app, replica) => ports[app] + replica * REPLICA_STEP;

/**
 * The ports of `npm start`.
 * @throws {Error} naming the variable that is no port
 */
export function defaultPorts(env = process.env) {
  const ports = {};
  for (const [name, { variable, default: fallback }] of Object.entries(PORTS)) {
    const text = env[variable];
    const port = text === undefined || text === '' ? fallback : Number(text);
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      throw new Error(`${variable}=${text} is not a port (1-65535).`);
    ports[name] = port;
  }
  const twice = Object.keys(ports).find(
    (name) => Object.values(ports).filter((port) => port === ports[name]).length > 1,
  );
  if (twice) throw new Error(`Two ports are the same: ${ports[twice]} (${PORTS[twice].variable} and another).`);
  return ports;
}

/** The ports of a stack, replicas included, all of them free. */
export async function freePorts(random = Math.random) {
  const block = await freeBlock(random);
  return Object.fromEntries(Object.entries(PORTS).map(([name, { offset }]) => [name, block[offset]]));
}

/** Ports in a row, all of them free. @returns {Promise<number[]>} */
export async function freeBlock(random = Math.random) {
  for (let attempt = 0; attempt < BLOCKS; attempt += 1) {
    const base = FIRST_BLOCK + Math.floor(random() * BLOCKS) * BLOCK_SIZE;
    const all = Array.from({ length: BLOCK_SIZE }, (_, index) => base + index);
    const free = await Promise.all(all.map((port) => isFree(port)));
    if (free.every(Boolean)) return all;
  }
  throw new Error(
    `No ${BLOCK_SIZE} free ports in a row between ${FIRST_BLOCK} and ${FIRST_BLOCK + BLOCKS * BLOCK_SIZE}.`,
  );
}

/**
 * Tries a port. @param {number} port
 * @returns {Promise<string | null>} null if it is free, else why not: EADDRINUSE, EACCES (below 1024 without root), …
 */
export function whyNotFree(port, host = '127.0.0.1') {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(/** @type {NodeJS.ErrnoException} */ (error).code));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

/** @param {number} port */
export const isFree = async (port) => (await whyNotFree(port)) === null;
