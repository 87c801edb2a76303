import { parseArgs } from 'node:util';
import { latencies } from './faults.ts';
import { providerStandIn } from './provider-stand-in.ts';

/**
 * The stand-in as a process of its own, until SIGINT or SIGTERM:
 * node libs/testkit/src/payment-provider/main.ts [--port 4000] [--seed 1] [--latency none|ordinary|peak]
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4000' },
    seed: { type: 'string', default: '1' },
    latency: { type: 'string', default: 'ordinary' },
  },
});
const latency = Object.entries(latencies).find(([name]) => name === values.latency)?.[1];
if (latency === undefined) throw new Error(`--latency must be one of ${Object.keys(latencies).join(', ')}`);

const provider = await providerStandIn({ port: Number(values.port), seed: Number(values.seed), faults: { latency } });
console.log(`payment provider stand-in on ${provider.url}; PUT ${provider.url}/faults changes how it behaves`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void provider.close());
