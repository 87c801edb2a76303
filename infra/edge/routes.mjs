/**
 * Which path belongs to which app. The edge only routes and limits; what is not listed here does not exist outside,
 * above all /metrics and /live. First match wins in the order: exact, then pattern from top to bottom, then prefix.
 */

/**
 * @typedef {{ app: string, secretQuery?: boolean } & ({ exact: string } | { prefix: string } | { pattern: string })} Route
 */

/** `secretQuery`: what its query may hold stands in no log. @type {Route[]} */
export const ROUTES = [
  { app: 'queue-gateway', exact: '/' },
  // The web client's files.
  { app: 'queue-gateway', exact: '/favicon.ico' },
  { app: 'queue-gateway', prefix: '/assets/' },
  { app: 'queue-gateway', pattern: '^/v1/schedules/[^/]+/queue(/|$)', secretQuery: true },
  { app: 'queue-gateway', pattern: '^/v1/admin/waiting-rooms(/|$)' },
  { app: 'queue-gateway', exact: '/v1/dev/tokens' },
  { app: 'queue-gateway', exact: '/.well-known/jwks.json' },
  { app: 'reservation-service', pattern: '^/v1/concerts(/|$)' },
  { app: 'reservation-service', pattern: '^/v1/schedules/[^/]+/seats$' },
  { app: 'reservation-service', pattern: '^/v1/reservations(/|$)' },
  { app: 'reservation-service', exact: '/v1/rankings' },
  { app: 'reservation-service', pattern: '^/v1/admin/(concerts|schedules|reservations)(/|$)' },
  { app: 'payment-worker', pattern: '^/v1/wallet(/|$)' },
  { app: 'result-worker', pattern: '^/v1/admin/(dead-letters|payments)(/|$)' },
];

/** The one path whose connections are upgraded and stay. */
export const WEBSOCKET_ROUTE = { app: 'queue-gateway', exact: '/v1/ws' };

/** Under which path each app's own pages are seen from outside. */
export const pagesOf = (app) => ({ docs: `/docs/${app}/`, openapi: `/openapi/${app}.json`, health: `/health/${app}` });
