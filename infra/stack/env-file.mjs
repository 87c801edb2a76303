/** Environment files: for `node --env-file`, and for a shell to source. */
import { renameSync, writeFileSync } from 'node:fs';

/**
 * Single quotes: taken literally by a shell and by `node --env-file`. A value with a single quote in it would need
 * another way in each of the two, and none of ours has one.
 * @param {Record<string, string>} env
 * @param {{ exported?: boolean }} [options] `export` before each name
 */
export function envFileText(env, { exported = false } = {}) {
  const lines = Object.entries(env).map(([name, value]) => {
    if (/['\n\r]/.test(value)) throw new Error(`${name} holds a quote or a line end, which an env file cannot carry.`);
    return `${exported ? 'export ' : ''}${name}='${value}'`;
  });
  return `${lines.join('\n')}\n`;
}

/** Readable by the owner only; never half written. */
export function writeEnvFile(file, env, options) {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, envFileText(env, options), { mode: 0o600 });
  renameSync(draft, file);
}
