/** Makes nginx's configuration out of the template, the routes and the replicas that run at the moment. */
import { readFileSync } from 'node:fs';
import { limitZones, requestLimits, webSocketLimits } from './limits.mjs';
import { pagesOf, ROUTES, WEBSOCKET_ROUTE } from './routes.mjs';

const template = readFileSync(new URL('nginx.conf.template', import.meta.url), 'utf8');

/** Further failures within this time take a replica out for as long. */
const FAILURES = 'max_fails=3 fail_timeout=2s';

/**
 * Idle connections kept to each app: as many as an app takes requests (HTTP_MAX_IN_FLIGHT, ADR 14). A busy Node process
 * accepts one new connection per turn of its event loop, so with fewer kept, requests would wait in front of it, where it
 * cannot refuse them.
 */
const IDLE_CONNECTIONS = 2_048;

/** How long a replica that is new is not asked, and one that is gone is still tried first, at most. */
const RESOLVED_FOR = '2s';

/**
 * @param {{ folder: string, user: string | null, openFiles: number, listen: string[],
 *   upstreams: Record<string, string[]>, limits: import('./limits.mjs').EdgeLimits, generation: number, resolver?: string | null }} settings
 *   `folder`: pid and temporary files; `listen`: addresses with port; `upstreams`: app → addresses with port;
 *   `generation`: told by HEAD /docs, so that one sees when a reload has taken effect
 *   `resolver`: a DNS server; with it an upstream's address is a name that may stand for any number of replicas, and
 *   is looked up again and again (nginx 1.27.3 or newer)
 */
export function nginxConfig({ folder, user, openFiles, listen, upstreams, limits, generation, resolver = null }) {
  const values = {
    // Only root may set it, and root's nginx would otherwise give its workers to "nobody", who cannot read the folder.
    user: user === null ? '' : `user ${user};`,
    openFiles: String(openFiles),
    // Some descriptors are the log, the listening sockets and nginx's own channel.
    connections: String(Math.max(512, openFiles - 128)),
    folder: folder.replaceAll('\\', '\\\\').replaceAll('"', '\\"'),
    limits: limitZones(limits),
    resolver: resolver === null ? '' : `  resolver ${bracketed(resolver)} valid=${RESOLVED_FOR} ipv6=off;\n`,
    upstreams: Object.entries(upstreams)
      .map(([app, addresses]) => upstream(app, addresses, resolver !== null))
      .join('\n'),
    listen: listen.map((address) => `    listen ${address} backlog=4096;`).join('\n'),
    problems: problems(),
    locations: [
      ...ROUTES.map((route) => routeLocation(route, limits)),
      webSocketLocation(limits),
      ...pages(upstreams, generation),
    ].join('\n'),
  };
  // A function as replacement: "$&" and the like in a value mean nothing.
  return template.replace(/\{\{(\w+)\}\}/g, (_, name) => values[name]);
}

const upstreamName = (app) => app.replaceAll('-', '_');

/** An IPv6 address as nginx writes it. */
const bracketed = (address) => (address.includes(':') ? `[${address}]` : address);

function upstream(app, addresses, byName) {
  // Addresses that come and go are shared between nginx's workers.
  const zone = byName ? `    zone ${upstreamName(app)} 64k;\n` : '';
  const resolve = byName ? ' resolve' : '';
  return `  upstream ${upstreamName(app)} {
${zone}${addresses.map((address) => `    server ${address}${resolve} ${FAILURES};`).join('\n')}
    keepalive ${IDLE_CONNECTIONS};
    keepalive_timeout 30s;
    keepalive_requests 100000;
  }`;
}

// An error line holds the whole request line, and nginx cannot be told to leave the query out of it.
const QUIET = '      error_log stderr crit;\n';

function matcher(route) {
  if ('exact' in route) return `= ${route.exact}`;
  if ('prefix' in route) return `^~ ${route.prefix}`;
  return `~ "${route.pattern}"`;
}

function routeLocation(route, limits) {
  return `    location ${matcher(route)} {
${requestLimits(limits)}${route.secretQuery ? QUIET : ''}      proxy_pass http://${upstreamName(route.app)};
    }`;
}

function webSocketLocation(limits) {
  return `    location ${matcher(WEBSOCKET_ROUTE)} {
${webSocketLimits(limits)}${QUIET}      proxy_set_header Host $http_host;
      proxy_set_header X-Request-Id $stagedoor_request_id;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $http_connection;
      # The app pings every 30 s: two pings missed, and the connection is dead.
      proxy_read_timeout 75s;
      proxy_send_timeout 75s;
      proxy_buffering off;
      proxy_pass http://${upstreamName(WEBSOCKET_ROUTE.app)};
    }`;
}

/** Documentation, OpenAPI and health of each app, and a page that lists the documentations. */
function pages(upstreams, generation) {
  const apps = Object.keys(upstreams);
  const links = apps.map((app) => `<li><a href="${pagesOf(app).docs}">${app}</a></li>`).join('');
  const index = `<!doctype html><meta charset="utf-8"><title>Stagedoor: interfaces</title><h1>Interfaces</h1><ul>${links}</ul>`;
  return [
    ...apps.map((app) => appPages(app)),
    `    location = /docs {
      default_type text/html;
      add_header X-Edge-Generation ${generation} always;
      return 200 '${index}';
    }
    location = /docs/ {
      return 308 /docs;
    }`,
  ];
}

function appPages(app) {
  const { docs, openapi, health } = pagesOf(app);
  const pass = `proxy_pass http://${upstreamName(app)};`;
  return `    location = ${docs.slice(0, -1)} {
      return 308 ${docs};
    }
    location ^~ ${docs} {
      rewrite "^${docs}(.*)$" /docs/$1 break;
      proxy_redirect /docs/ ${docs};
      ${pass}
    }
    location = ${openapi} {
      rewrite ^ /openapi.json break;
      ${pass}
    }
    location = ${health} {
      rewrite ^ /ready break;
      ${pass}
    }`;
}

/** Answers that the edge makes itself, in the form of every other error (RFC 9457, design §6). */
const PROBLEMS = [
  { path: '= /stagedoor-bad-request', status: 400, code: 'VALIDATION_FAILED', title: 'The request is not valid' },
  { path: '@not-found', status: 404, code: 'NOT_FOUND', title: 'There is no such thing' },
  { path: '@method-not-allowed', status: 405, code: 'METHOD_NOT_ALLOWED', title: 'This method is not allowed here' },
  { path: '@too-large', status: 413, code: 'PAYLOAD_TOO_LARGE', title: 'The request is too large' },
  { path: '@rate-limited', status: 429, code: 'RATE_LIMITED', title: 'Too many requests', retryAfterSeconds: 1 },
  { path: '@unavailable', status: 503, code: 'UNAVAILABLE', title: 'Not available right now', retryAfterSeconds: 1 },
];

function problems() {
  return PROBLEMS.map(({ path, status, code, title, retryAfterSeconds }) => {
    const body = JSON.stringify({ type: 'about:blank', title, status, code });
    // add_header in a location replaces those of the server: the request's id is repeated here.
    // Which of them a path takes, its app knows: this is for what never comes so far, as TRACE.
    const allow = status === 405 ? '      add_header Allow "GET, HEAD, POST, PUT, PATCH, DELETE" always;\n' : '';
    const retry = retryAfterSeconds === undefined ? '' : `      add_header Retry-After ${retryAfterSeconds} always;\n`;
    const internal = path.startsWith('@') ? '' : '      internal;\n';
    return `    location ${path} {
${internal}      default_type application/problem+json;
      add_header X-Request-Id $stagedoor_request_id always;
${allow}${retry}      return ${status} '${body}';
    }`;
  }).join('\n');
}
