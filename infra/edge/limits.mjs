/**
 * What the edge takes of one address and of one token; 0 lifts a limit. Generous per address, as a school or an office
 * comes from one: it stops a mistake or an attack, it does not meter fans, which the waiting room and the apps do.
 */

/** A caller may send so many seconds' worth of requests at once. */
const BURST_SECONDS = 2;

const VARIABLES = {
  requestsPerSecond: { variable: 'EDGE_REQUESTS_PER_SECOND', default: 200 },
  tokenRequestsPerSecond: { variable: 'EDGE_TOKEN_REQUESTS_PER_SECOND', default: 50 },
  requestsInProgress: { variable: 'EDGE_REQUESTS_IN_PROGRESS', default: 500 },
  webSockets: { variable: 'EDGE_WEBSOCKETS', default: 200 },
};

/** @typedef {Record<keyof typeof VARIABLES, number>} EdgeLimits */

/** @type {EdgeLimits} */
export const NO_LIMITS = { requestsPerSecond: 0, tokenRequestsPerSecond: 0, requestsInProgress: 0, webSockets: 0 };

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {EdgeLimits}
 * @throws {Error} that says which variable is no number
 */
export function edgeLimits(env = process.env) {
  const entries = Object.entries(VARIABLES).map(([name, { variable, default: usual }]) => {
    const given = env[variable] || String(usual);
    if (!/^\d{1,6}$/.test(given)) throw new Error(`${variable}: must be a whole number, 0 for no limit.`);
    return [name, Number(given)];
  });
  return Object.fromEntries(entries);
}

const rate = (zone, perSecond) =>
  perSecond === 0 ? '' : `limit_req zone=${zone} burst=${perSecond * BURST_SECONDS} nodelay;`;
const connections = (zone, most) => (most === 0 ? '' : `limit_conn ${zone} ${most};`);
const lines = (...directives) =>
  directives
    .filter((directive) => directive !== '')
    .map((line) => `      ${line}\n`)
    .join('');

/** nginx's zones, for its http block. @param {EdgeLimits} limits */
export function limitZones({ requestsPerSecond, tokenRequestsPerSecond }) {
  // A rate of 0 is none in nginx; such a zone is declared and not used.
  return `  # The end of a token's signature stands for it; who shows none is counted by address alone.
  map $http_authorization $stagedoor_token {
    default "";
    "~([A-Za-z0-9_-]{43})$" $1;
  }
  limit_req_zone $binary_remote_addr zone=addresses:10m rate=${requestsPerSecond || 1}r/s;
  limit_req_zone $stagedoor_token zone=tokens:20m rate=${tokenRequestsPerSecond || 1}r/s;
  limit_req_status 429;
  limit_conn_zone $binary_remote_addr zone=in_progress:10m;
  limit_conn_zone $binary_remote_addr zone=websockets:10m;
  limit_conn_status 429;
`;
}

/** What a location of requests says. @param {EdgeLimits} limits */
export const requestLimits = (limits) =>
  lines(
    rate('addresses', limits.requestsPerSecond),
    rate('tokens', limits.tokenRequestsPerSecond),
    connections('in_progress', limits.requestsInProgress),
  );

/** What the location of WebSockets says. @param {EdgeLimits} limits */
export const webSocketLimits = (limits) =>
  lines(
    rate('addresses', limits.requestsPerSecond),
    rate('tokens', limits.tokenRequestsPerSecond),
    connections('websockets', limits.webSockets),
  );
