/** The broker of the stack: one KRaft node, a real Apache Kafka out of Maven's jars. */
import { randomUUID } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { passwordOf } from '../stack/accounts.mjs';
import { runCommand } from '../stack/run-command.mjs';
import { ask } from '../stack/tcp.mjs';
import { BROKER_USER, propertyPath, scramArguments, securityConfig } from './kafka-security.mjs';

/**
 * @typedef {{ name: string, bind: string, advertised: string }} Listener addresses with port: where it listens, and what
 *   clients that came by it are told to connect to
 */

/**
 * @param {{ dataFolder: string, controllerPort: number, listeners: Listener[], security?: string[] }} settings
 *   `security`: lines of securityConfig; without them anybody may do anything
 */
export function kafkaConfig({ dataFolder, controllerPort, listeners, security = [] }) {
  const secure = security.length > 0;
  const protocols = listeners.map(({ name }) => `${name}:${secure ? 'SASL_SSL' : 'PLAINTEXT'}`);
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    `listeners=${listeners.map(({ name, bind }) => `${name}://${bind}`).join(',')},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=${listeners.map(({ name, advertised }) => `${name}://${advertised}`).join(',')}`,
    'controller.listener.names=CONTROLLER',
    `listener.security.protocol.map=${protocols.join(',')},CONTROLLER:${secure ? 'SSL' : 'PLAINTEXT'}`,
    `log.dirs=${propertyPath(dataFolder)}`,
    ...(secure ? security : [`inter.broker.listener.name=${listeners[0].name}`]),
    // A topic comes into being with its settings, by an explicit step, never because somebody mistyped a name.
    'auto.create.topics.enable=false',
    // One node cannot hold three copies.
    'offsets.topic.replication.factor=1',
    'offsets.topic.num.partitions=10',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'transaction.state.log.num.partitions=4',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
    'num.network.threads=2',
    'num.io.threads=4',
    'log.cleaner.dedupe.buffer.size=16777216',
    '',
  ].join('\n');
}

/** Compiling less saves a second of start on a test's broker; the stack's own is there to be fast. */
function javaOptions(durable) {
  const speed = durable ? ['-Xms256m', '-XX:+UseG1GC'] : ['-Xms128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
  return [
    '-Xmx512m',
    ...speed,
    '-XX:+ExitOnOutOfMemoryError',
    '-Djava.awt.headless=true',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    '-Dorg.slf4j.simpleLogger.log.kafka.server=info',
    '-Dorg.slf4j.simpleLogger.showDateTime=true',
  ];
}

/** An ApiVersions request, version 0: the one question that a broker answers to everybody, once it serves. */
export function apiVersionsRequest() {
  const client = Buffer.from('stagedoor');
  const request = Buffer.alloc(4 + 2 + 2 + 4 + 2 + client.length);
  request.writeInt32BE(request.length - 4, 0);
  request.writeInt16BE(18, 4);
  request.writeInt16BE(0, 6);
  request.writeInt32BE(1, 8);
  request.writeInt16BE(client.length, 12);
  client.copy(request, 14);
  return request;
}

/**
 * @param {{ tools: { java: string, kafkaJars: string }, folders: { data: string, config: string }, port: number,
 *   controllerPort: number, durable: boolean, accounts: import('../stack/accounts.mjs').Accounts['kafka'],
 *   certificates: import('./certificates.mjs').Certificates | null, moreListeners?: Listener[],
 *   signal?: AbortSignal }} settings `certificates`: with them it asks who one is
 * @returns {Promise<import('../stack/supervised-process.mjs').ProcessSpec>}
 */
export async function kafka({
  tools,
  folders,
  port,
  controllerPort,
  durable,
  accounts,
  certificates,
  moreListeners = [],
  signal,
}) {
  const dataFolder = join(folders.data, 'kafka');
  const configFile = join(folders.config, 'kafka.properties');
  const address = `127.0.0.1:${port}`;
  const name = certificates === null ? 'PLAINTEXT' : 'SASL_SSL';
  const listeners = [{ name, bind: address, advertised: address }, ...moreListeners];
  const security =
    certificates === null
      ? []
      : securityConfig({
          listeners: listeners.map((listener) => listener.name),
          ca: certificates.ca,
          pem: certificates.kafka.pem,
          brokerPassword: passwordOf(accounts, BROKER_USER),
        });
  writeFileSync(configFile, kafkaConfig({ dataFolder, controllerPort, listeners, security }), { mode: 0o600 });
  const java = (mainClass, ...args) => [...javaOptions(durable), '-cp', join(tools.kafkaJars, '*'), mainClass, ...args];

  // Written after the format has succeeded: without it the folder is an interrupted first start.
  const formatted = join(folders.data, 'kafka.formatted');
  if (!existsSync(formatted) || !existsSync(dataFolder)) {
    rmSync(dataFolder, { recursive: true, force: true });
    const id = clusterId();
    const format = ['format', '-t', id, '-c', configFile, ...(certificates === null ? [] : scramArguments(accounts))];
    await runCommand(tools.java, java('kafka.tools.StorageTool', ...format), {
      cwd: folders.data,
      signal,
    });
    writeFileSync(formatted, `${id}\n`);
  }
  return {
    name: 'kafka',
    command: tools.java,
    args: java('kafka.Kafka', configFile),
    cwd: folders.data,
    env: { PATH: process.env.PATH, TZ: 'UTC', LANG: 'C.UTF-8' },
    isReady: async () => (await ask(port, apiVersionsRequest(), { ca: certificates?.ca })).length > 0,
    readyTimeoutMs: 120_000,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 60_000,
  };
}

/** A UUID as Kafka writes it: its 16 bytes in URL-safe base64; one that begins with "-" would look like an option. */
export function clusterId() {
  for (;;) {
    const id = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}
