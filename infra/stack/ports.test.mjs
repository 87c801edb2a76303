import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { listeningInodes, portConflicts, portOwner } from './port-owner.mjs';
import { defaultPorts, freePorts, isFree, replicaPort } from './ports.mjs';

const listen = (port) =>
  new Promise((resolve) => {
    const server = createServer().listen(port, '127.0.0.1', () => resolve(server));
  });

describe('ports', () => {
  test('the usual ones, and the variables that move them', () => {
    expect(defaultPorts({})).toMatchObject({
      edge: 8080,
      'queue-gateway': 3001,
      mariadb: 3307,
      'kafka-controller': 9093,
    });
    expect(defaultPorts({ EDGE_PORT: '9000', REDIS_PORT: '' })).toMatchObject({ edge: 9000, redis: 6380 });
    expect(() => defaultPorts({ KAFKA_PORT: 'nine' })).toThrow('KAFKA_PORT=nine is not a port (1-65535).');
    expect(() => defaultPorts({ KAFKA_PORT: '8080' })).toThrow(/Two ports are the same: 8080/);
  });

  test('a block of free ones, replicas included', async () => {
    const ports = await freePorts();
    expect(ports['result-worker']).toBe(ports.edge + 4);
    expect(await isFree(replicaPort(ports, 'queue-gateway', 3))).toBe(true);
  });

  test('a block with one port taken is not chosen', async () => {
    const { edge } = await freePorts();
    const server = await listen(edge + 12);
    const first = (edge - 20_000) / 40 / 300;
    const choices = [first, 0.999];
    const ports = await freePorts(() => choices.shift() ?? Math.random());
    expect(ports.edge).not.toBe(edge);
    server.close();
  });
});

describe('a busy port', () => {
  test('is named with its process and the variable that moves it', async () => {
    const conflicts = await portConflicts({ edge: 8080, redis: 6380 }, ['edge', 'redis'], {
      why: async (port) => (port === 8080 ? 'EADDRINUSE' : null),
      ownerOf: () => ({ pid: 4711, command: 'java -jar tomcat.jar' }),
    });
    expect(conflicts).toEqual([
      'Port 8080 (edge) is taken by process 4711 (java -jar tomcat.jar). Stop it, or move ours: EDGE_PORT=<another port>.',
    ]);
  });

  test("another user's process is said to be one", async () => {
    const [line] = await portConflicts({ kafka: 9092 }, ['kafka'], {
      why: async () => 'EADDRINUSE',
      ownerOf: () => null,
    });
    expect(line).toMatch(/a process of another user.*KAFKA_PORT/);
  });

  test('one that only root may have is said to be one', async () => {
    const [line] = await portConflicts({ edge: 80 }, ['edge'], { why: async () => 'EACCES', ownerOf: () => null });
    expect(line).toBe('Port 80 (edge) is for root only. Move ours: EDGE_PORT=<a port above 1023>.');
  });

  test('its owner is found for real', async () => {
    const { edge } = await freePorts();
    const server = await listen(edge);
    expect(portOwner(edge)?.pid).toBe(process.pid);
    server.close();
  });

  test('only a listening socket counts', () => {
    const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0000 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 67890 1 0000 20 4 30 10 -1
`;
    expect(listeningInodes(table, 8080)).toEqual(['12345']);
    expect(listeningInodes(table, 8081)).toEqual([]);
  });
});
