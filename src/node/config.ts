import { dirname, join, relative } from 'node:path';
import { configFileName, parseConfigFile } from '../core/models/config-file.ts';
import { noModels, type ModelList } from '../core/models/config.ts';
import { readFileSync } from 'node:fs';

/** The model list of a folder and where it was found. */
export interface FoundConfig {
  readonly list: ModelList;
  /** null: there is none. */
  readonly path: string | null;
  readonly text: string;
}

/** Reads `promptnb.config.yaml` beside a notebook or in the nearest folder above it; or the file given, which must be there. */
export function findConfig(folder: string, given?: string): FoundConfig {
  if (given !== undefined) return readConfig(given, readFileSync(given, 'utf8'));
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, configFileName);
    try {
      return readConfig(path, readFileSync(path, 'utf8'));
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
    if (dirname(at) === at) return { list: noModels, path: null, text: '' };
  }
}

function readConfig(path: string, text: string): FoundConfig {
  return { list: parseConfigFile(text.startsWith('\ufeff') ? text.slice(1) : text), path, text };
}

/** The folder that files of a notebook must lie in: the working directory when it holds the notebook, else the notebook's own. */
export function workspaceOf(notebookFolder: string, workingFolder: string): string {
  const way = relative(workingFolder, notebookFolder);
  return way === '' || (!way.startsWith('..') && !/^([a-z]:|[\\/])/i.test(way)) ? workingFolder : notebookFolder;
}
