import { runAsProcess } from '../terminal/run-tool.ts';
import { reconcileTool } from './tool.ts';

await runAsProcess(reconcileTool);
