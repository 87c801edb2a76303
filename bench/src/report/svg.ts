/** One line of a plot. */
export interface Series {
  name: string;
  points: readonly [x: number, y: number][];
}

const WIDTH = 340;
const HEIGHT = 200;
const LEFT = 44;
const RIGHT = 12;
const TOP = 28;
const BOTTOM = 34;
const TICKS = 4;
const LEGEND = 88;
/** Class names of the colours in html.ts. */
const COLOURS = 6;

/** Text that may stand between tags and in attributes. */
export const escaped = (text: string): string =>
  text.replace(
    /[&<>"]/g,
    (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[character] as string,
  );

const short = (value: number): string => {
  if (value >= 1_000_000) return `${+(value / 1_000_000).toFixed(1)}M`;
  if (value >= 10_000) return `${+(value / 1_000).toFixed(0)}k`;
  return String(+value.toPrecision(3));
};

/** The next 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  return ([1, 2, 2.5, 5, 10].find((step) => step * power >= value * 0.999) ?? 10) * power;
}

export interface PlotOptions {
  title: string;
  /** Labels of the x axis, at their x. */
  xTicks?: readonly [x: number, label: string][];
  /** Powers of ten on the y axis. */
  logarithmic?: boolean;
}

/** A plot of lines as an SVG: axes, grid, legend; colours by class, so that the page's theme decides. */
export function linePlot(series: readonly Series[], { title, xTicks, logarithmic = false }: PlotOptions): string {
  const points = series.flatMap((line) => line.points);
  if (points.length === 0) return '';
  const xs = points.map(([x]) => x);
  const [xMin, xMax] = [Math.min(...xs), Math.max(...xs)];
  const highest = Math.max(...points.map(([, y]) => y), 1e-9);
  const lowest = logarithmic ? Math.min(...points.map(([, y]) => y).filter((y) => y > 0), highest) : 0;
  const top = logarithmic ? 10 ** Math.ceil(Math.log10(highest)) : roundUp(highest);
  const bottom = logarithmic ? 10 ** Math.floor(Math.log10(lowest)) : 0;
  const xAt = (x: number) => LEFT + ((x - xMin) / (xMax - xMin || 1)) * (WIDTH - LEFT - RIGHT);
  const share = (y: number) =>
    logarithmic ? Math.log(Math.max(y, bottom) / bottom) / Math.log(top / bottom || 10) : y / top;
  const yAt = (y: number) => HEIGHT - BOTTOM - share(y) * (HEIGHT - TOP - BOTTOM);
  const yTicks = logarithmic
    ? Array.from({ length: Math.round(Math.log10(top / bottom)) + 1 }, (_, power) => bottom * 10 ** power)
    : Array.from({ length: TICKS + 1 }, (_, tick) => (top * tick) / TICKS);
  const labels =
    xTicks ??
    Array.from({ length: TICKS + 1 }, (_, tick): [number, string] => {
      const x = xMin + ((xMax - xMin) * tick) / TICKS;
      return [x, short(Math.round(x))];
    });
  const grid = yTicks.map(
    (y) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${yAt(y)}" y2="${yAt(y)}"/>` +
      `<text x="${LEFT - 6}" y="${yAt(y) + 4}" text-anchor="end">${short(y)}</text>`,
  );
  const axis = labels.map(
    ([x, label], index) =>
      `<text x="${xAt(x)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="${index === labels.length - 1 ? 'end' : 'middle'}">${escaped(label)}</text>`,
  );
  const lines = series.map(({ points: line }, index) => {
    const path = line.map(([x, y]) => `${xAt(x).toFixed(1)},${yAt(y).toFixed(1)}`).join(' ');
    return `<polyline class="line c${index % COLOURS}" points="${path}"/>`;
  });
  const legend = series.map(
    ({ name }, index) =>
      `<circle class="dot c${index % COLOURS}" cx="${LEFT + index * LEGEND}" cy="${HEIGHT - 8}" r="4"/>` +
      `<text x="${LEFT + 8 + index * LEGEND}" y="${HEIGHT - 4}">${escaped(name)}</text>`,
  );
  return svg(title, [...grid, ...axis, ...lines, ...legend]);
}

const ROW = 24;
const NAME = 180;

/** Stacked bars, one for each row, over the same parts. */
export function barPlot(
  rows: readonly { name: string; parts: Record<string, number> }[],
  { title, unit }: { title: string; unit: string },
): string {
  const names = [...new Set(rows.flatMap(({ parts }) => Object.keys(parts)))];
  const sum = (parts: Record<string, number>) => Object.values(parts).reduce((all, value) => all + value, 0);
  const most = Math.max(...rows.map(({ parts }) => sum(parts)), 1e-9);
  const width = 960;
  const scale = (width - NAME - 90) / most;
  const bars = rows.map(({ name, parts }, index) => {
    const y = TOP + index * ROW;
    let x = NAME;
    const pieces = names.map((part, colour) => {
      const size = (parts[part] ?? 0) * scale;
      const piece = `<rect class="bar c${colour % 10}" x="${x.toFixed(1)}" y="${y}" width="${size.toFixed(1)}" height="${ROW - 7}"><title>${escaped(part)}: ${short(parts[part] ?? 0)} ${unit}</title></rect>`;
      x += size;
      return piece;
    });
    return `<text x="${NAME - 8}" y="${y + 13}" text-anchor="end">${escaped(name)}</text>${pieces.join('')}<text x="${x + 6}" y="${y + 13}">${short(sum(parts))} ${unit}</text>`;
  });
  const legendY = TOP + rows.length * ROW + 14;
  const legend = names.map(
    (name, colour) =>
      `<rect class="bar c${colour % 10}" x="${NAME + (colour % 6) * 130}" y="${legendY + Math.floor(colour / 6) * 18 - 9}" width="10" height="10"/>` +
      `<text x="${NAME + 14 + (colour % 6) * 130}" y="${legendY + Math.floor(colour / 6) * 18}">${escaped(name)}</text>`,
  );
  return svg(title, [...bars, ...legend], width, legendY + Math.ceil(names.length / 6) * 18 + 6);
}

const svg = (title: string, content: readonly string[], width = WIDTH, height = HEIGHT): string =>
  `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}"><text class="title" x="0" y="14">${escaped(title)}</text>${content.join('')}</svg>`;
