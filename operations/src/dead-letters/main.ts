import { runAsProcess } from '../terminal/run-tool.ts';
import { deadLettersTool } from './tool.ts';

await runAsProcess(deadLettersTool);
