import type { Metafile } from 'esbuild';

export function bundle(to?: string): Promise<Pick<Metafile, 'outputs'>>;
