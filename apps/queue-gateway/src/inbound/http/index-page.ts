import type { HttpServer } from '@stagedoor/platform';

/** What the index page says beside its links. */
export interface IndexPage {
  /** Tokens are given out to anyone. */
  isDev: boolean;
}

const APPS = ['queue-gateway', 'reservation-service', 'payment-worker', 'result-worker'] as const;

/** `GET /`: a plain page that says what this is and where to go, until there is a web client. Nothing is loaded by it. */
export function indexRoutes(routes: HttpServer, page: IndexPage): void {
  const html = render(page);
  routes.get('/', { schema: { hide: true } }, async (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header(
        'content-security-policy',
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      )
      .send(html),
  );
}

function render({ isDev }: IndexPage): string {
  const rows = APPS.map(
    (app) => html`<tr><td>${app}</td><td><a href="/docs/${app}/">API</a></td>
      <td><a href="/openapi/${app}.json">OpenAPI</a></td><td><a href="/health/${app}">health</a></td></tr>`,
  );
  const dev = isDev
    ? [
        html`<h2>A token</h2><pre>curl -s -X POST http://localhost:8080/v1/dev/tokens \\
  -H 'content-type: application/json' -d '{"userId":"fan-1"}'</pre>`,
      ]
    : [];
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Stagedoor</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem}td{padding:.1rem 1rem .1rem 0}
pre{overflow:auto;padding:.8rem;background:#8882}</style></head>
<body>
<h1>Stagedoor</h1>
<p>The backend for a concert's on-sale day: waiting room, seats, payment by way of Kafka.</p>
<ul>
<li>README.md of the repository has a walk from the waiting room to a confirmed seat</li>
<li><a href="/v1/concerts">The concerts</a>, with the sample concert and its schedules</li>
</ul>
<h2>Services</h2>
<table>${rows}</table>
${dev}
</body>
</html>
`.text;
}

/** Text that is HTML already. */
class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Builds HTML; whatever is put in and is not HTML already is escaped. */
function html(strings: TemplateStringsArray, ...parts: (string | Html | Html[])[]): Html {
  const text = (part: string | Html | Html[]): string =>
    Array.isArray(part) ? part.map((one) => one.text).join('\n') : part instanceof Html ? part.text : escaped(part);
  return new Html(
    strings.reduce((all, string, index) => all + string + (index < parts.length ? text(parts[index] as Html) : ''), ''),
  );
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
