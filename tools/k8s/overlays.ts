import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

export const OVERLAYS = ['dev', 'production'] as const;

/**
 * An overlay as it would be applied.
 * @throws Error with kustomize's own words
 */
export const render = (overlay: string, { program, args }: { program: string; args: string[] }): string =>
  execFileSync(program, [...args, join(root, 'k8s', 'overlays', overlay)], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
