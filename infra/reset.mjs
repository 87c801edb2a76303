/** `npm run reset`: clears the data of `npm start`. */
import { runReset } from './launch/run-reset.mjs';

process.exit(await runReset(process.argv.slice(2)));
