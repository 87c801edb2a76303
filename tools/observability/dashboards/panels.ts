import { LegendDisplayMode, LegendPlacement, VizLegendOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

/** A query in PromQL, and how its series are called: Grafana puts labels in for {{label}}. */
export type Query = readonly [expr: string, legend: string];

/** A panel before it has its place. `unit` is one of Grafana's: https://grafana.com/docs/grafana/latest/panels-visualizations/configure-standard-options/ */
export interface Panel {
  kind: 'chart' | 'number';
  title: string;
  /** What it shows, and what to make of it; shown by the little i. */
  description: string;
  unit: string;
  queries: readonly Query[];
}

/** Grafana's: at least four times the interval of scraping, more where the picture is wide. */
const RATE = '$__rate_interval';

const DATASOURCE = { type: 'prometheus', uid: 'prometheus' };
const WIDTH = 24;
const HEIGHTS = { chart: 8, number: 4 };

export const chart = (title: string, unit: string, description: string, ...queries: Query[]): Panel => ({
  kind: 'chart',
  title,
  unit,
  description,
  queries,
});

export const number = (title: string, unit: string, description: string, ...queries: Query[]): Panel => ({
  ...chart(title, unit, description, ...queries),
  kind: 'number',
});

/** p50, p95 and p99 of a histogram of seconds, as queries. `selector`: its name with labels; `by`: labels kept. */
export const quantiles = (selector: string, legend: string, of: readonly number[] = [0.5, 0.95, 0.99]): Query[] =>
  of.map((q) => [quantile(q, selector), `${legend} p${q * 100}`] as const);

/** A counter's increase per second, over everything or apart by labels. `selector`: its name, with labels or without. */
export const rate = (selector: string, by: readonly string[] = []): string =>
  `sum${by.length === 0 ? '' : ` by (${by.join(', ')}) `}(rate(${selector}[${RATE}]))`;

/** @param by further labels that stay apart */
export function quantile(q: number, histogram: string, by: readonly string[] = []): string {
  const [name, labels = ''] = histogram.split(/(?=\{)/);
  return `histogram_quantile(${q}, sum by (${['le', ...by].join(', ')}) (rate(${name}_bucket${labels}[${RATE}])))`;
}

/** A dashboard of rows, each as wide as the page; as the JSON that Grafana provisions. */
export function dashboardJson(uid: string, title: string, rows: readonly (readonly Panel[])[]): string {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .tags(['stagedoor'])
    .refresh('5s')
    .time({ from: 'now-15m', to: 'now' })
    .timezone('browser')
    .readonly();
  let y = 0;
  let id = 0;
  for (const row of rows) {
    const w = Math.floor(WIDTH / row.length);
    const h = Math.max(...row.map(({ kind }) => HEIGHTS[kind]));
    row.forEach((panel, column) => {
      builder.withPanel(built(panel, ++id).gridPos({ x: column * w, y, w, h }));
    });
    y += h;
  }
  return `${JSON.stringify(builder.build(), null, 2)}\n`;
}

function built({ kind, title, description, unit, queries }: Panel, id: number): StatBuilder | TimeseriesBuilder {
  const builder =
    kind === 'number'
      ? new StatBuilder()
      : new TimeseriesBuilder()
          .fillOpacity(10)
          .legend(
            new VizLegendOptionsBuilder()
              .showLegend(true)
              .displayMode(LegendDisplayMode.List)
              .placement(LegendPlacement.Bottom),
          );
  builder.id(id).title(title).description(description).unit(unit).min(0).datasource(DATASOURCE);
  queries.forEach(([expr, legend], index) => {
    const refId = String.fromCharCode('A'.charCodeAt(0) + index);
    builder.withTarget(new DataqueryBuilder().refId(refId).expr(expr).legendFormat(legend).datasource(DATASOURCE));
  });
  return builder;
}
