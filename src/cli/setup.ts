import { CommandError } from './exit.ts';
import { createNodeHost, type NodeHost } from '../node/host.ts';
import { dirname, resolve } from 'node:path';
import { findConfig, workspaceOf, type FoundConfig } from '../node/config.ts';
import { localProvider, type LocalProvider } from '../node/local/provider.ts';
import { openModel } from '../core/models/resolve.ts';
import { positionsIn } from '../core/notebook/positions.ts';
import { providers } from '../core/models/index.ts';
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
  /** Where models come from, as the configuration and the machine say. */
  models(picked: string | undefined): Promise<ModelSource>;
  /** Ends child processes and threads. */
  close(): Promise<void>;
}

export interface SetupOptions {
  /** The notebook's file; the working folder counts where there is none. */
  readonly notebook?: string;
  readonly config?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly keep: boolean;
  readonly confirm: (question: Confirmation) => Promise<boolean>;
  /** Gets the weights of a local model, with consent; absent: nothing is downloaded. */
  readonly obtain?: (name: LocalName) => Promise<string | null>;
}

/** @throws CommandError when the configuration cannot be used. */
export function createSetup({ notebook, config: given, environment, keep, confirm, obtain }: SetupOptions): Setup {
  const working = process.cwd();
  const folder = notebook === undefined ? working : dirname(resolve(notebook));
  const config = readConfig(folder, given);
  const host = createNodeHost({ folder, workspace: workspaceOf(folder, working), environment, confirm, keep });
  const local = localProvider({ folder, ...(obtain !== undefined && { obtain }) });
  const all = [...providers, local];
  const opened: Model[] = [];
  return {
    host, config, local, providers: all,
    async models(picked) {
      const embedded = await local.embedded();
      return {
        async open(name) {
          const model = await openModel(name, config.list, { providers: all, host });
          opened.push(model);
          return model;
        },
        ...(picked !== undefined && { picked }),
        ...(config.list.default !== undefined && { default: config.list.default }),
        ...(embedded !== null && { embedded: embedded.id }),
      };
    },
    async close() {
      await Promise.allSettled(opened.map((model) => model.close?.()));
      await local.close();
      await host.close();
    },
  };
}

function readConfig(folder: string, given: string | undefined): FoundConfig {
  let found: FoundConfig;
  try {
    found = findConfig(folder, given);
  } catch (error) {
    throw new CommandError(`The configuration cannot be read: ${(error as Error).message}`);
  }
  const wrong = found.list.problems.find((problem) => problem.severity === 'error');
  if (wrong !== undefined) {
    const { line, column } = positionsIn(found.text)(wrong.span.start);
    throw new CommandError(`${found.path!}:${line}:${column}: ${wrong.message}`);
  }
  return found;
}
