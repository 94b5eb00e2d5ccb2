import { dirname, join, relative } from 'node:path';
import { configFileName, parseConfigFile } from '../core/models/config-file.ts';
import { noModels, type ModelList } from '../core/models/config.ts';
import { FileError, readText } from './files.ts';

/** The model list of a folder and where it was found. */
export interface FoundConfig {
  readonly list: ModelList;
  /** null: there is none. */
  readonly path: string | null;
  readonly text: string;
}

/** A configuration that is there and cannot be read, told for people. */
export class ConfigFileError extends Error {
  override readonly name = 'ConfigFileError';
}

/**
 * Reads `promptnb.config.yaml` beside a notebook or in the nearest folder above it; or the file given, which must be there.
 * @throws ConfigFileError
 */
export function findConfig(folder: string, given?: string): FoundConfig {
  if (given !== undefined) return readConfig(given) ?? missing(given);
  for (let at = folder; ; at = dirname(at)) {
    const found = readConfig(join(at, configFileName));
    if (found !== null) return found;
    if (dirname(at) === at) return { list: noModels, path: null, text: '' };
  }
}

function missing(path: string): never {
  throw new ConfigFileError(`The configuration ${path} cannot be read: there is no such file.`);
}

/** null: there is none. */
function readConfig(path: string): FoundConfig | null {
  try {
    const text = readText(path).replace(/^\ufeff/, '');
    return { list: parseConfigFile(text), path, text };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw new ConfigFileError(`The configuration ${path} cannot be read: ${error.message}`);
  }
}

/** The folder that files of a notebook must lie in: the working directory when it holds the notebook, else the notebook's own. */
export function workspaceOf(notebookFolder: string, workingFolder: string): string {
  const way = relative(workingFolder, notebookFolder);
  return way === '' || (!way.startsWith('..') && !/^([a-z]:|[\\/])/i.test(way)) ? workingFolder : notebookFolder;
}
