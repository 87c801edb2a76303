/** `npm test`: see test-run/ */

import { terminalReport } from './stack/report.mjs';
import { keepTestInfrastructure } from './test-run/infra-only.mjs';

const args = process.argv.slice(2);
const envFile = args.find((arg) => arg.startsWith('--write-env='))?.slice('--write-env='.length);
if (args.includes('--infra-only')) await keepTestInfrastructure({ envFile, report: terminalReport() });
