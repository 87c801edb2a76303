import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Stack } from '../../infra/stack/index.mjs';

/** One database as a file, made and brought back by MariaDB's own tools, as the runbook says. */
export interface Backup {
  restore(): Promise<void>;
  remove(): void;
}

/** Takes a backup of one database while everything runs. Needs mariadb-dump (Debian: mariadb-client). */
export async function backUp(stack: Stack, database: string): Promise<Backup> {
  const { hostname, port, username, password } = new URL(stack.admin.mysqlUrl);
  const login = [`--host=${hostname}`, `--port=${port}`, `--user=${username}`];
  const env = { ...process.env, MYSQL_PWD: decodeURIComponent(password) };
  const folder = mkdtempSync(join(tmpdir(), 'stagedoor-backup-'));
  const file = join(folder, `${database}.sql`);
  const run = (program: string, args: string[]) => {
    const child = spawn(program, [...login, ...args], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = new Promise<void>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`${program} exited with ${code}`))));
    });
    return { child, ended };
  };
  const dump = run('mariadb-dump', ['--single-transaction', '--skip-comments', database]);
  dump.child.stdin.end();
  await Promise.all([pipeline(dump.child.stdout, createWriteStream(file)), dump.ended]);
  return {
    async restore() {
      const restore = run('mariadb', [database]);
      restore.child.stdout.resume();
      await Promise.all([pipeline(createReadStream(file), restore.child.stdin), restore.ended]);
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
