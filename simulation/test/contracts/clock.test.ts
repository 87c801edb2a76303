import { clockContract } from '../../../libs/platform/test/runtime/clock-contract.ts';
import { drivenWorld } from './driven.ts';

clockContract('simulated: the world', () => {
  const { scheduler, driven } = drivenWorld();
  return { clock: scheduler, driven };
});

clockContract('simulated: a process', () => {
  const { life, driven } = drivenWorld();
  return { clock: life, driven };
});
