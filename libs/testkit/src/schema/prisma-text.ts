/** A block of a schema.prisma: `model Wallet { … }`. */
export interface PrismaBlock {
  kind: 'model' | 'enum';
  name: string;
  /** What stands between the braces, one entry per line, without comments and empty lines. */
  lines: string[];
}

/** `@db.VarChar(64)` is name `db.VarChar`, argument text `64`; block attributes keep their second `@` out of the name. */
export interface PrismaAttribute {
  name: string;
  text: string;
}

/** The models and enums of a schema; datasource and generator say nothing about tables. */
export function prismaBlocks(source: string): PrismaBlock[] {
  const blocks: PrismaBlock[] = [];
  let open: PrismaBlock | undefined;
  for (const raw of source.split('\n')) {
    const line = withoutComment(raw).trim();
    const start = /^(model|enum)\s+(\w+)\s*\{$/.exec(line);
    if (start !== null) open = { kind: start[1] as PrismaBlock['kind'], name: start[2] ?? '', lines: [] };
    else if (line === '}' && open !== undefined) {
      blocks.push(open);
      open = undefined;
    } else if (line !== '') open?.lines.push(line);
  }
  return blocks;
}

function withoutComment(line: string): string {
  let quoted = false;
  for (let index = 0; index < line.length; index++) {
    if (line[index] === '"' && line[index - 1] !== '\\') quoted = !quoted;
    if (!quoted && line.startsWith('//', index)) return line.slice(0, index);
  }
  return line;
}

/** The attributes of a field or a block, in their order. */
export function prismaAttributes(text: string): PrismaAttribute[] {
  const attributes: PrismaAttribute[] = [];
  const name = /@{1,2}([\w.]+)/g;
  for (let match = name.exec(text); match !== null; match = name.exec(text)) {
    const open = name.lastIndex;
    const close = text[open] === '(' ? closingBracket(text, open) : open - 1;
    attributes.push({ name: match[1] ?? '', text: text.slice(open + 1, Math.max(close, open + 1)) });
    name.lastIndex = close + 1;
  }
  return attributes;
}

function closingBracket(text: string, open: number): number {
  let depth = 0;
  let quoted = false;
  for (let index = open; index < text.length; index++) {
    if (text[index] === '"') quoted = !quoted;
    if (quoted) continue;
    if (text[index] === '(') depth++;
    if (text[index] === ')' && --depth === 0) return index;
  }
  throw new Error(`no closing bracket: ${text}`);
}

/** The text of a named argument (`map: "x"` gives `"x"`), or undefined. */
export function namedArgument(text: string, name: string): string | undefined {
  return new RegExp(`(?:^|[,(\\s])${name}:\\s*("[^"]*"|\\[[^\\]]*\\]|[\\w.]+(?:\\([^)]*\\))?)`).exec(text)?.[1];
}

/** `[a, b(sort: Desc)]`, wherever it stands first in the text, as its entries. */
export function bracketList(text: string): string[] {
  const list = /\[([^\]]*)\]/.exec(text)?.[1] ?? '';
  return list
    .split(/,(?![^(]*\))/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

export const unquoted = (text: string): string => text.replace(/^"|"$/g, '');
