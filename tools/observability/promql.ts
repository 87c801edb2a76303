const KEYWORDS = new Set([
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'and',
  'or',
  'unless',
  'bool',
  'offset',
]);
/** The names of the series that a query reads. */
export function metricsIn(query: string): string[] {
  const bare = query
    .replace(/"[^"]*"/g, '')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, '');
  const names = [...bare.matchAll(/\b([a-zA-Z_:][\w:]*)\b(?!\s*\()/g)].map(([, name]) => name as string);
  return [...new Set(names.filter((name) => !KEYWORDS.has(name)))];
}

/** What an alert compares, without the comparison: the queries that must bring data for it ever to fire. */
export function thresholdsRemoved(alert: string): string[] {
  return alert.split(/\bunless\b/).map((side) => side.replace(/\s(>|<|==)\s*[\d.]+/g, '').trim());
}
