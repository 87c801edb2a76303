/** Environment files: for `node --env-file`, and for a shell to source. */
import { renameSync, writeFileSync } from 'node:fs';

/** For `node --env-file`: it knows three kinds of quotes and no escaping, so the value decides which. */
function quotedForNode(name, value) {
  // Within double quotes Node turns \n into a line end.
  const quote = ["'", '`', ...(value.includes('\\') ? [] : ['"'])].find((candidate) => !value.includes(candidate));
  if (quote === undefined) throw new Error(`${name} holds every kind of quote, which an env file cannot carry.`);
  return `${quote}${value}${quote}`;
}

const quotedForShell = (value) => `'${value.replaceAll("'", "'\\''")}'`;

/**
 * @param {Record<string, string>} env
 * @param {{ forShell?: boolean }} [options] `export` before each name, and a shell's quotes
 */
export function envFileText(env, { forShell = false } = {}) {
  const lines = Object.entries(env).map(([name, value]) =>
    forShell ? `export ${name}=${quotedForShell(value)}` : `${name}=${quotedForNode(name, value)}`,
  );
  return `${lines.join('\n')}\n`;
}

/**
 * Readable by the owner only; never half written.
 * @param {string} file @param {Record<string, string>} env @param {{ forShell?: boolean }} [options]
 */
export function writeEnvFile(file, env, options) {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, envFileText(env, options), { mode: 0o600 });
  renameSync(draft, file);
}
