import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeEnvFile } from './env-file.mjs';

const env = {
  PLAIN: 'mysql://queue:a-b_c@127.0.0.1:3307/queue?ssl=true&ca=/x',
  PATH_OF_A_FAN: "/home/a fan's $HOME/keys#1",
  DOUBLE: 'say "hello"',
  BACKSLASH: 'a\\nb',
};
const print = `JSON.stringify(Object.fromEntries(${JSON.stringify(Object.keys(env))}.map((name) => [name, process.env[name]])))`;

test('node --env-file and a shell both read what was written', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stagedoor-test-'));
  try {
    const file = join(folder, 'app.env');
    writeEnvFile(file, env);
    const byNode = execFileSync(process.execPath, [`--env-file=${file}`, '-p', print], { encoding: 'utf8' });
    expect(JSON.parse(byNode)).toEqual(env);
    writeEnvFile(file, env, { forShell: true });
    const byShell = execFileSync('/bin/sh', ['-c', `. "$0"; "$1" -p "$2"`, file, process.execPath, print], {
      encoding: 'utf8',
    });
    expect(JSON.parse(byShell)).toEqual(env);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
