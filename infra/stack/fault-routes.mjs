/** Which connections of a stack run through its fault proxy, and on which ports. */

/** Each route's place in a block of ports: the proxy's own API, the edge, then each app's ways. */
const API = 0;
const EDGE = 1;
const FIRST_ROUTE = 2;

/**
 * Every app has its own way to each server, so that one can be cut off while the others are not. The broker tells a
 * client where to come back to, so it has a listener for each app, which names that app's way.
 * @param {import('./apps.mjs').App[]} apps
 * @param {import('./ports.mjs').Ports} ports
 * @param {number[]} block free ports
 */
export function faultRoutes(apps, ports, block) {
  let next = FIRST_ROUTE;
  const take = () => {
    const port = block[next++];
    if (port === undefined) throw new Error(`${block.length} ports are too few for these apps.`);
    return port;
  };
  const ways = apps.map((app) => ({
    app,
    mariadb: take(),
    ...(app.redisUser ? { redis: take() } : {}),
    kafka: take(),
    kafkaListener: take(),
  }));
  return {
    apiPort: block[API],
    edgePort: block[EDGE],
    /** @type {import('../services/fault-proxy.mjs').ProxyRoute[]} */
    routes: [
      { name: 'edge', listen: block[EDGE], target: ports.edge },
      ...ways.flatMap(({ app, mariadb, redis, kafka, kafkaListener }) => [
        { name: `${app.name}-mariadb`, listen: mariadb, target: ports.mariadb },
        ...(redis === undefined ? [] : [{ name: `${app.name}-redis`, listen: redis, target: ports.redis }]),
        { name: `${app.name}-kafka`, listen: kafka, target: kafkaListener },
      ]),
    ],
    kafkaListeners: ways.map(({ app, kafka, kafkaListener }) => ({
      name: app.name.replaceAll('-', '_').toUpperCase(),
      bind: `127.0.0.1:${kafkaListener}`,
      advertised: `127.0.0.1:${kafka}`,
    })),
    /** The stack's ports as an app sees them. @param {string} app */
    portsOf(app) {
      const { mariadb, redis, kafka } = ways.find((way) => way.app.name === app);
      return { ...ports, mariadb, kafka, ...(redis === undefined ? {} : { redis }) };
    },
  };
}
