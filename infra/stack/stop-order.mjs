/** In which order a stack ends. */
import { INFRASTRUCTURE } from './infrastructure.mjs';

const STOOD_ON = [...INFRASTRUCTURE, 'fault-proxy'];

/** Nothing new comes in, then the apps end, then what they stand on: they still commit, and say goodbye to the broker. */
const ORDER = [(name) => name === 'edge', (name) => !STOOD_ON.includes(name), () => true];

/**
 * @template {{ name: string }} T
 * @param {Iterable<T>} processes
 * @returns {T[][]} each group ends before the next is told to
 */
export function inStopOrder(processes) {
  const left = new Set(processes);
  return ORDER.map((belongs) => {
    const group = [...left].filter(({ name }) => belongs(name));
    for (const process of group) left.delete(process);
    return group;
  });
}
