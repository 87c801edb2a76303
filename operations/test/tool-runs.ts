import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { exitCodeOf, type Tool } from '../src/terminal/run-tool.ts';

export interface ToolRun {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a tool in this process, with its own environment and nobody at the terminal. */
export async function runTool(tool: Tool, args: string[], env: Record<string, string>): Promise<ToolRun> {
  const said = { stdout: '', stderr: '' };
  const terminal = {
    print: (text: string) => {
      said.stdout += `${text}\n`;
    },
    note: (text: string) => {
      said.stderr += `${text}\n`;
    },
    progress: () => {},
    confirm: async () => false,
  };
  const code = await exitCodeOf(tool, args, env, terminal, new AbortController().signal);
  return { code, ...said };
}

/** Runs a tool as its users do: a process, its arguments, its environment. */
export function spawnTool(
  name: 'dead-letters' | 'reconcile',
  args: string[],
  env: Record<string, string>,
): Promise<ToolRun> {
  const main = join(import.meta.dirname, '..', 'src', name, 'main.ts');
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
