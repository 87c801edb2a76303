/** `npm start` and `npm run infra`. */
import { runStack } from './launch/run-stack.mjs';

process.exit(await runStack(process.argv.slice(2)));
