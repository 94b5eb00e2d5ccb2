import { bodyFaults } from './rows/body.ts';
import { connectionFaults } from './rows/connection.ts';
import type { Fault } from './fault.ts';
import { statusFaults } from './rows/status.ts';
import { streamFaults } from './rows/stream.ts';

/** Every fault that a model call must survive (design: "Must survive"), and what must come of it. */
export const faults: readonly Fault[] = [...connectionFaults, ...statusFaults, ...bodyFaults, ...streamFaults];
