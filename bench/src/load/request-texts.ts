import { readFileSync } from 'node:fs';
import type { LoadJob } from './load-job.ts';

type Text = (request: number) => string;

/** The HTTP text of the n-th request of a job. */
export function requestTexts({ request, columns, host, port }: LoadJob): Text {
  const values = new Map(
    Object.entries(columns).map(([name, { file, from = 0, repeats }]) => {
      const lines = readFileSync(file, 'latin1').trimEnd().split('\n').slice(from);
      return [name, { lines, repeats: repeats === true, name }];
    }),
  );
  const columnText = (name: string): Text => {
    const column = values.get(name);
    if (column === undefined) throw new Error(`the request names {${name}}, of which there are no values`);
    const { lines, repeats } = column;
    return (index) => {
      const value = lines[repeats ? index % lines.length : index];
      if (value === undefined) throw new Error(`there are only ${lines.length} values of {${name}}`);
      return value;
    };
  };
  const filled = (template: string): Text => {
    const parts = template
      .split(/\{(\w+)\}/)
      .map((part, index): Text => (index % 2 === 1 ? columnText(part) : () => part));
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) return only;
    return (index) => {
      let text = '';
      for (const part of parts) text += part(index);
      return text;
    };
  };
  const body = request.body === undefined ? null : filled(request.body);
  const lines = Object.entries({ host: `${host}:${port}`, ...request.headers }).map(
    ([name, text]) => `${name}: ${text}\r\n`,
  );
  const head = filled(`${request.method} ${request.path} HTTP/1.1\r\n${lines.join('')}`);
  if (request.method === 'GET') return (index) => `${head(index)}\r\n`;
  if (body === null) return (index) => `${head(index)}content-length: 0\r\n\r\n`;
  // Values are ASCII: a character is a byte.
  return (index) => {
    const json = body(index);
    return `${head(index)}content-type: application/json\r\ncontent-length: ${json.length}\r\n\r\n${json}`;
  };
}
