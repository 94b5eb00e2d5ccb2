import { CommandError } from './exit.ts';
import { createNodeHost, type NodeHost } from '../node/host.ts';
import { environmentSecrets } from '../node/secrets.ts';
import { dirname, relative, resolve } from 'node:path';
import { ConfigFileError, findConfig, workspaceOf, type FoundConfig } from '../node/config.ts';
import { FileError, readText } from '../node/files.ts';
import { localProvider, type LocalProvider } from '../node/local/provider.ts';
import { openModel } from '../core/models/resolve.ts';
import { positionsIn } from '../core/notebook/positions.ts';
import { providers } from '../core/models/index.ts';
import { replayModel } from '../core/models/replay.ts';
import { safeForTerminal } from '../core/safety/terminal.ts';
import type { Confirmation } from '../core/engine/host.ts';
import type { Model, Provider } from '../core/models/model.ts';
import type { ModelSource } from '../core/engine/open-models.ts';
import type { LocalName } from '../node/local/names.ts';

/** What commands that talk to models work with. */
export interface Setup {
  readonly host: NodeHost;
  readonly config: FoundConfig;
  readonly providers: readonly Provider[];
  readonly local: LocalProvider;
  /** Where models come from, as the configuration and the machine say. A file in the name `picked` is one of the working folder. */
  models(picked: string | undefined): Promise<ModelSource>;
  /** Opens recorded completions that were named on the command line. @throws CommandError */
  openReplay(file: string): Promise<Model>;
  /** Ends child processes and threads. */
  close(): Promise<void>;
}

export interface SetupOptions {
  /** The notebook's file; the working folder counts where there is none. */
  readonly notebook?: string;
  readonly config?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Is told of what is odd in the configuration, a line each. */
  readonly warn?: (line: string) => void;
  readonly keep: boolean;
  readonly confirm: (question: Confirmation) => Promise<boolean>;
  /** Gets the weights of a local model, with consent; absent: nothing is downloaded. */
  readonly obtain?: (name: LocalName) => Promise<string | null>;
}

/** @throws CommandError when the configuration cannot be used. */
export function createSetup({ notebook, config: given, environment, warn, keep, confirm, obtain }: SetupOptions): Setup {
  const working = process.cwd();
  const folder = notebook === undefined ? working : dirname(resolve(notebook));
  const config = readConfig(folder, { given, warn });
  const host = createNodeHost({ folder, workspace: workspaceOf(folder, working), secrets: environmentSecrets(environment), confirm, keep });
  const local = localProvider({ folder, ...(obtain !== undefined && { obtain }) });
  const all = [...providers, local];
  const opened: Model[] = [];
  const openReplay = async (file: string): Promise<Model> => {
    // Named beside the notebook, so that what is written into it is the same on every machine.
    const name = relative(folder, resolve(file)).replaceAll('\\', '/');
    try {
      return replayModel({ id: `replay:${name}`, provider: 'replay', model: name }, readText(file));
    } catch (error) {
      if (error instanceof FileError) throw new CommandError(`The recorded completions cannot be read from ${file}: ${error.message}`, '`promptnb run --record FILE` makes such a file.');
      throw error;
    }
  };
  return {
    host, config, local, providers: all, openReplay,
    async models(picked) {
      const embedded = await local.embedded();
      const listed = config.list.models.some((model) => model.id === picked);
      const replayed = listed ? undefined : /^replay:(?=\S)(.+)$/s.exec(picked ?? '')?.[1];
      return {
        async open(name) {
          if (replayed !== undefined && name === picked) return openReplay(replayed);
          const model = await openModel(name, config.list, { providers: all, host });
          opened.push(model);
          return model;
        },
        ...(picked !== undefined && { picked: listed ? picked : fromWorkingFolder(picked, folder) }),
        ...(config.list.default !== undefined && { default: config.list.default }),
        ...(embedded !== null && { embedded: embedded.id }),
      };
    },
    async close() {
      await Promise.allSettled(opened.map(async (model) => model.close?.()));
      await local.close();
      await host.close();
    },
  };
}

/** A path of weights that was typed on the command line counts from the working folder; in a notebook, from the notebook's. */
function fromWorkingFolder(name: string, folder: string): string {
  const path = /^local:(?!hf:|https?:)(?![\\/~])(.*(?:[\\/]|\.gguf$).*)$/is.exec(name)?.[1];
  if (path === undefined || folder === process.cwd()) return name;
  const way = relative(folder, resolve(path)).replaceAll('\\', '/');
  return `local:${way}`;
}

function readConfig(folder: string, { given, warn }: { readonly given: string | undefined; readonly warn: SetupOptions['warn'] }): FoundConfig {
  let found: FoundConfig;
  try {
    found = findConfig(folder, given);
  } catch (error) {
    if (error instanceof ConfigFileError) throw new CommandError(error.message);
    throw error;
  }
  const at = positionsIn(found.text);
  const problems = found.list.problems.map(({ severity, span, message }) => {
    const { line, column } = at(span.start);
    return { severity, line: `${found.path!}:${line}:${column}: ${severity}: ${message.replace(/\s+/g, ' ')}` };
  });
  const wrong = problems.filter((problem) => problem.severity === 'error');
  if (wrong.length > 0) throw new CommandError(`The configuration cannot be used.\n${wrong.map((problem) => problem.line).join('\n')}`);
  for (const { line } of problems) warn?.(safeForTerminal(line));
  return found;
}
