import { isAbsolute, join, resolve } from 'node:path';
import { type HubFile, type ListedModel, listedModels } from './models.ts';
import { didYouMean } from '../../core/did-you-mean.ts';
import { homedir } from 'node:os';
import { readdir, stat } from 'node:fs/promises';

/** What a `local:` name means. */
export type LocalName =
  | { readonly kind: 'listed'; readonly model: ListedModel }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'hub'; readonly file: HubFile }
  /** `hf:user/name:Q4_K_M`: which file that is, the hub knows. */
  | { readonly kind: 'quantization'; readonly repository: string; readonly revision: string; readonly quantization: string }
  | { readonly kind: 'unknown'; readonly why: string };

export interface NameOptions {
  /** The folder that relative paths start from. */
  readonly folder: string;
  readonly home?: string;
}

/**
 * Reads a name: a model of the list, the path of a GGUF file (absolute, relative to `folder`, or under `~`), `hf:user/name/file.gguf`,
 * or `hf:user/name:QUANTIZATION`; both with `@revision` after the repository.
 */
export function readLocalName(name: string, { folder, home = homedir() }: NameOptions): LocalName {
  const listed = listedModels.find(({ id }) => id === name.toLowerCase());
  if (listed !== undefined) return { kind: 'listed', model: listed };
  if (name.startsWith('hf:')) return readHubName(name.slice(3));
  if (/^https?:\/\//i.test(name)) return { kind: 'unknown', why: `"${name}" is an address: write hf:user/name/file.gguf, or download the file and write its path` };
  if (/^~[\\/]/.test(name)) return { kind: 'path', path: join(home, name.slice(2)) };
  if (/[\\/]|\.gguf$/i.test(name) || isAbsolute(name)) return { kind: 'path', path: resolve(folder, name) };
  const near = didYouMean(name, listedModels.map(({ id }) => id));
  return {
    kind: 'unknown',
    why: `There is no local model called "${name}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
  };
}

function readHubName(text: string): LocalName {
  const match = /^([\w.-]+\/[\w.-]+?)(?:@([\w.-]+))?(?:\/(.+)|:([\w.-]+))$/.exec(text);
  const [, repository = '', revision = 'main', file, quantization] = match ?? [];
  const parts = [...repository.split('/'), revision, ...(file ?? '').split('/')];
  if (match === null || parts.some((part) => part === '.' || part === '..')) {
    return { kind: 'unknown', why: `"hf:${text}" is not of the form hf:user/name/file.gguf or hf:user/name:QUANTIZATION` };
  }
  if (quantization !== undefined) return { kind: 'quantization', repository, revision, quantization };
  if (!/^[\w. ()+,-]+(\/[\w. ()+,-]+)*$/.test(file!) || !/\.gguf$/i.test(file!)) return { kind: 'unknown', why: `"hf:${text}" does not name a .gguf file` };
  return { kind: 'hub', file: { repository, revision, file: file! } };
}

/** The folder of all weights in a cache folder. */
export function modelsFolder(cache: string): string {
  return join(cache, 'models');
}

/** Where the weights of a hub file are kept: `<cache>/models/user/name/file.gguf`; those of another revision apart, in `name@revision`. */
export function weightsPath(cache: string, file: HubFile): string {
  const listed = listedModels.some(({ source }) => source.repository === file.repository && source.file === file.file && source.revision === file.revision);
  return join(repositoryFolder(cache, listed ? { ...file, revision: 'main' } : file), ...file.file.split('/'));
}

function repositoryFolder(cache: string, { repository, revision }: Omit<HubFile, 'file'>): string {
  return join(modelsFolder(cache), ...`${repository}${revision === 'main' ? '' : `@${revision}`}`.split('/'));
}

/** The file on this machine that a name means, or null when it is not here. @throws never for a missing file. */
export async function findWeights(name: LocalName, cache: string): Promise<string | null> {
  switch (name.kind) {
    case 'unknown':
      return null;
    case 'path':
      return (await isFile(name.path)) ? name.path : null;
    case 'listed': {
      const path = weightsPath(cache, name.model.source);
      return (await isFile(path, name.model.size)) ? path : null;
    }
    case 'hub': {
      const path = weightsPath(cache, name.file);
      return (await isFile(path)) ? path : null;
    }
    case 'quantization': {
      const folder = repositoryFolder(cache, name);
      const files = await readdir(folder).catch(() => []);
      const file = pickQuantization(files, name.quantization);
      return file === undefined ? null : join(folder, file);
    }
  }
}

/** The GGUF file of this quantization among files; parts of a split model are none. */
export function pickQuantization(files: readonly string[], quantization: string): string | undefined {
  const wanted = new RegExp(`(^|[-_./])${quantization.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\.gguf$`, 'i');
  return files.filter((file) => wanted.test(file) && !/-\d{5}-of-\d{5}\.gguf$/i.test(file)).sort((a, b) => a.length - b.length)[0];
}

async function isFile(path: string, size?: number): Promise<boolean> {
  try {
    const found = await stat(path);
    return found.isFile() && (size === undefined || found.size === size);
  } catch {
    return false;
  }
}
