/** `npm run dev`: as `npm start`, and each app restarts when one of its files changes. */
import { runStack } from './launch/run-stack.mjs';

process.exit(await runStack(process.argv.slice(2), { watch: true }));
