import type { Fault } from '../schedule/draw.ts';
import { type FaultWorld, type Injection, pause } from './injection.ts';
import { type Toxic, Toxiproxy } from './toxiproxy.ts';

/** The proxy of a target, `<app>:<server>` or `edge`: Toxiproxy's names stand in a path. */
export const proxyName = (target: string): string => target.replace(':', '-');

const proxyOf = ({ stack }: FaultWorld): Toxiproxy => {
  if (stack.faultProxy === null) throw new Error('this stack has no fault proxy');
  return new Toxiproxy(stack.faultProxy.url);
};

/** Nobody else's toxic has this name, so two faults on one connection do not end each other. */
const nameOf = ({ kind, atMs }: Fault): string => `${kind}-${atMs}`;

const cut: Injection = async ({ target, durationMs }, world) => {
  const proxy = proxyOf(world);
  await proxy.enable(proxyName(target), false);
  await pause(durationMs, world.over);
  await proxy.enable(proxyName(target), true);
};

const poisoned =
  (toxicOf: (fault: Fault) => Toxic): Injection =>
  async (fault, world) => {
    const proxy = proxyOf(world);
    await proxy.poison(proxyName(fault.target), nameOf(fault), toxicOf(fault));
    await pause(fault.durationMs, world.over);
    await proxy.cure(proxyName(fault.target), nameOf(fault));
  };

const RESET_AFTER_MS = 200;

export const connectionFaults = {
  cut,
  delay: poisoned(({ size }) => ({ type: 'latency', attributes: { latency: size, jitter: Math.round(size / 2) } })),
  reset: poisoned(() => ({ type: 'reset_peer', attributes: { timeout: RESET_AFTER_MS } })),
  silence: poisoned(() => ({ type: 'timeout', attributes: { timeout: 0 } })),
};
