/** docker-compose.yml at work: what its containers are, what they do, and what is left of them. */
import { APP_NAMES } from '../../infra/stack/apps.mjs';
import { buySeat } from './buy-seat.mjs';
import { expect } from './image-checks.mjs';

const CLEAN_EXITS = [0];
/** Lines of a container's log that are told when it fails. */
const LAST_WORDS = 20;

/**
 * One run of the compose file.
 * @param {{ engine: import('./engine.mjs').Engine, ports: import('../../infra/stack/ports.mjs').Ports, secure: boolean }} settings
 */
export function systemOf({ engine, ports, secure }) {
  const env = {
    EDGE_PORT: String(ports.edge),
    MYSQL_PORT: String(ports.mariadb),
    REDIS_PORT: String(ports.redis),
    KAFKA_PORT: String(ports.kafka),
  };
  const compose = (...args) => engine.compose(args, { secure, env });
  const idsOf = async (service) => lines(await compose('ps', '--all', '--quiet', service));
  const inspect = async (id) => JSON.parse(await engine.podman(['inspect', id]))[0];
  /** In the first of a service's containers, or in that one. */
  const inside = async (service, command, id) => engine.podman(['exec', id ?? (await idsOf(service))[0], ...command]);

  /** Of the containers that failed, or are not healthy. */
  async function lastWords() {
    const texts = lines(await compose('ps', '--all', '--quiet')).map(async (id) => {
      const { Name: name, State: state } = await inspect(id);
      const health = state.Health?.Status ?? '';
      if (state.ExitCode === 0 && ['', 'healthy'].includes(health)) return '';
      const said = await engine.podman(['logs', '--tail', String(LAST_WORDS), id], { both: true }).catch(String);
      return `${name} (${state.Status}, exit code ${state.ExitCode}, ${health || 'no health check'}):\n${said}`;
    });
    return (await Promise.all(texts)).filter((text) => text !== '').join('\n');
  }

  return {
    compose,
    idsOf,
    inside,

    /** @throws {Error} with the last lines of each container that is not as it should be */
    async up(...args) {
      try {
        await compose('up', '--detach', '--no-build', '--wait', '--wait-timeout', '400', ...args);
      } catch (error) {
        throw new Error(`${error.message}\n${await lastWords()}`);
      }
    },

    buySeat: () => buySeat(`http://localhost:${ports.edge}`),

    /** How long after its container's start each app listened, in milliseconds. @returns {Promise<Record<string, number>>} */
    async startTimes() {
      const entries = APP_NAMES.map(async (app) => {
        const [id] = await idsOf(app);
        const { State: state } = await inspect(id);
        const line = lines(await engine.podman(['logs', id])).find((text) => text.includes('"listening"'));
        return [app, listenedAt(line) - Date.parse(state.StartedAt)];
      });
      return Object.fromEntries(await Promise.all(entries));
    },

    /** What each app holds, in bytes, by its memory cgroup. @returns {Promise<Record<string, number>>} */
    async memory() {
      const entries = APP_NAMES.map(async (app) => {
        const status = await inside(app, ['cat', '/proc/1/status']);
        return [app, Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024];
      });
      return Object.fromEntries(await Promise.all(entries));
    },

    /** Process 1 is Node, not root's, and can write to nothing but /tmp. */
    async checkConfinement(app) {
      const [id] = await idsOf(app);
      const { HostConfig: host } = await inspect(id);
      const status = await inside(app, ['cat', '/proc/1/status'], id);
      const field = (name) => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)?.[1];
      // Its name is that of its main thread, which Node sets.
      const command = await inside(app, ['cat', '/proc/1/cmdline'], id);
      expect(command.startsWith('node\0'), `process 1 is ${command.replaceAll('\0', ' ')}`);
      expect(field('Uid') === '1000\t1000\t1000\t1000', `its user is ${field('Uid')}`);
      expect(/^0+$/.test(field('CapEff') ?? ''), `it may do more than a user: ${field('CapEff')}`);
      expect(field('NoNewPrivs') === '1', 'it may gain privileges');
      expect(host.ReadonlyRootfs === true, 'its root file system can be written to');
      expect(host.Memory > 0, 'it has no limit of memory');
      const writable = await inside(
        app,
        [
          'sh',
          '-c',
          'for d in / /stagedoor /stagedoor/apps /usr/local/bin /home/node; do touch $d/x 2>/dev/null && echo $d; done; touch /tmp/x',
        ],
        id,
      );
      expect(writable.trim() === '', `it can write to ${writable}`);
    },

    /** Stopped in order, each says so with its exit code. @returns {Promise<string>} how long it took */
    async checkStop(service) {
      const begin = performance.now();
      const ids = await idsOf(service);
      await compose('stop', service);
      const took = performance.now() - begin;
      for (const id of ids) {
        const { State: state } = await inspect(id);
        expect(CLEAN_EXITS.includes(state.ExitCode), `${service} ended with ${state.ExitCode}`);
      }
      return `exit code 0 after ${(took / 1000).toFixed(1)} s`;
    },

    /** Which partitions of a topic each replica of an app has at the moment. @returns {Promise<string[][]>} */
    async partitionsOf(app, topic) {
      const port = {
        'queue-gateway': 3001,
        'reservation-service': 3002,
        'payment-worker': 3003,
        'result-worker': 3004,
      }[app];
      const ask = `fetch('http://127.0.0.1:${port}/metrics').then((r) => r.text()).then((t) => console.log(t))`;
      const metrics = await Promise.all((await idsOf(app)).map((id) => inside(app, ['node', '-e', ask], id)));
      const pattern = /^messaging_consumer_lag_messages\{([^}]*)\}/gm;
      return metrics.map((text) =>
        [...text.matchAll(pattern)]
          .filter(([, labels]) => labels.includes(`"${topic}"`))
          .map(([, labels]) => /partition[^=]*="(\d+)"/.exec(labels)?.[1] ?? labels)
          .toSorted(),
      );
    },
  };
}

function listenedAt(line) {
  const { time } = JSON.parse(line.slice(line.indexOf('{')));
  return typeof time === 'number' ? time : Date.parse(time);
}

const lines = (text) => text.split('\n').filter((line) => line.trim() !== '');
