import type { Stack } from '../../../../infra/stack/index.mjs';
import { APPS } from '../../onsale/own-stack.ts';
import { setClock } from './clocks.ts';
import { Toxiproxy } from './toxiproxy.ts';

const SERVERS = ['mariadb', 'redis', 'kafka'] as const;

/** Takes away whatever is left of any fault: nothing stopped, nothing down, no toxic, every clock right. */
export async function heal(stack: Stack, replicas: number, clockFiles: Record<string, string>): Promise<void> {
  for (const file of Object.values(clockFiles)) setClock(file, 0);
  if (stack.faultProxy !== null) await new Toxiproxy(stack.faultProxy.url).reset();
  for (const server of SERVERS) {
    await stack.killService(server, 'SIGCONT');
    await stack.startService(server);
  }
  await Promise.all(
    APPS.flatMap((app) =>
      Array.from({ length: replicas }, async (_, replica) => {
        await stack.kill(app, 'SIGCONT', { replica });
        await stack.startApp(app, replica);
        if (!(await stack.waitUntilReady(app, replica))) {
          throw new Error(`${app} ${replica} is not ready a minute after the last fault`);
        }
      }),
    ),
  );
}
