import type { EdgeRoute, Facts } from '../facts.ts';
import { type KubernetesObject, ofKind } from '../objects.ts';

/** `/a/(b|c)/d` → `/a/b/d`, `/a/c/d`. */
function alternatives(pattern: string): string[] {
  const found = /\(([^()]*\|[^()]*)\)/.exec(pattern);
  if (found === null) return [pattern];
  return (found[1] as string).split('|').flatMap((word) => alternatives(pattern.replace(found[0], () => word)));
}

/** One of nginx's locations as matches of an HTTPRoute, which compares prefixes by path element, and patterns in full. */
export function matchesOf(route: EdgeRoute): string[] {
  if ('exact' in route) return [`Exact ${route.exact}`];
  if ('prefix' in route) return [`PathPrefix ${route.prefix.replace(/\/$/, '')}`];
  const below = route.pattern.endsWith('(/|$)');
  const pattern = route.pattern.replace(/^\^/, '').replace(below ? /\(\/\|\$\)$/ : /\$$/, '');
  return alternatives(pattern).map((path) => {
    if (!/[[\]().*+?]/.test(path)) return `${below ? 'PathPrefix' : 'Exact'} ${path}`;
    return `RegularExpression ${path}${below ? '(/.*)?' : ''}`;
  });
}

interface Match {
  app: string;
  match: string;
  rewrite: string;
  timeout: string;
}

const rendered = (objects: KubernetesObject[]): Match[] =>
  ofKind(objects, 'HTTPRoute').flatMap(({ spec }) =>
    spec.rules.flatMap(({ matches, filters = [], timeouts, backendRefs }: KubernetesObject) =>
      matches.map(({ path }: KubernetesObject) => ({
        app: backendRefs[0].name,
        match: `${path.type} ${path.value}`,
        rewrite: filters[0]?.urlRewrite.path.replaceFullPath ?? filters[0]?.urlRewrite.path.replacePrefixMatch ?? '',
        timeout: timeouts?.request ?? 'none',
      })),
    ),
  );

const line = ({ app, match, rewrite, timeout }: Match): string =>
  `${match} → ${app}${rewrite === '' ? '' : ` ${rewrite}`}, within ${timeout}`;

/** The HTTPRoutes say what infra/edge/routes.mjs says, and no more. */
export function routes(objects: KubernetesObject[], facts: Facts): string[] {
  const plain = (app: string, match: string, timeout = '30s', rewrite = ''): Match => ({
    app,
    match,
    timeout,
    rewrite,
  });
  const wanted = [
    ...facts.routes.flatMap((route) => matchesOf(route).map((match) => plain(route.app, match))),
    // A WebSocket stays.
    ...matchesOf(facts.webSocket).map((match) => plain(facts.webSocket.app, match, '0s')),
    ...facts.apps.flatMap((app) => {
      const { docs, openapi, health } = facts.pagesOf(app);
      return [
        plain(app, `PathPrefix ${docs.replace(/\/$/, '')}`, '30s', '/docs'),
        plain(app, `Exact ${openapi}`, '30s', '/openapi.json'),
        plain(app, `Exact ${health}`, '30s', '/ready'),
      ];
    }),
  ].map(line);
  const there = rendered(objects).map(line);
  return [
    ...wanted.filter((route) => !there.includes(route)).map((route) => `there is no route ${route}`),
    ...there.filter((route) => !wanted.includes(route)).map((route) => `nobody asked for the route ${route}`),
  ];
}

/** A gateway of a named class, which every route hangs on, and the edge's limit of requests for each of them. */
export function gateway(objects: KubernetesObject[], { requestsPerSecond }: Facts): string[] {
  const [one, ...others] = ofKind(objects, 'Gateway');
  const classes = ofKind(objects, 'GatewayClass').map(({ metadata }) => metadata.name);
  const limited = ofKind(objects, 'BackendTrafficPolicy').flatMap(({ spec }) =>
    spec.rateLimit === undefined ? [] : spec.targetRefs.map(({ name }: KubernetesObject) => name),
  );
  const different = ofKind(objects, 'BackendTrafficPolicy')
    .flatMap(({ spec }) => spec.rateLimit?.local?.rules ?? [])
    .filter(({ limit }) => limit.unit !== 'Second' || limit.requests !== requestsPerSecond);
  return [
    ...(different.length === 0 ? [] : [`a limit is not the edge's ${requestsPerSecond} requests per second`]),
    ...(one === undefined || others.length > 0 ? ['there is not one Gateway'] : []),
    ...(classes.includes(one?.spec.gatewayClassName) ? [] : ['the Gateway is of a class that nobody has']),
    ...ofKind(objects, 'HTTPRoute').flatMap(({ metadata, spec }) => [
      ...(spec.parentRefs[0].name === one?.metadata.name ? [] : [`HTTPRoute ${metadata.name} hangs on no Gateway`]),
      ...(limited.includes(metadata.name) ? [] : [`HTTPRoute ${metadata.name} has no rate limit`]),
    ]),
  ];
}
