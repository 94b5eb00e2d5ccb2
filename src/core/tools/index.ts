import type { Tool } from './tool.ts';
import { calculator } from './calculator.ts';

/** The tools that are built in. A new one is a file here and a line in this list. */
export const tools: readonly Tool[] = [calculator];
