import { CommandError } from './exit.ts';
import { openRecordFile } from '../node/models/record-file.ts';
import { recordingModel } from '../core/models/recording.ts';
import { statSync } from 'node:fs';
import type { ModelSource } from '../core/engine/open-models.ts';
import type { Setup } from './setup.ts';

export interface SourceOptions {
  readonly model?: string | undefined;
  readonly replay?: string | undefined;
  readonly record?: string | undefined;
}

/** Models, and what is to be closed after them: everything is recorded then, or the message says why not. */
export interface CommandModels {
  readonly source: ModelSource;
  close(): Promise<string | null>;
}

/**
 * Where a command's models come from: `--model` picks one, `--replay` puts recorded completions in the place of every one, `--record`
 * listens to all of them.
 * @throws CommandError
 */
export async function commandModels(setup: Setup, { model, replay, record }: SourceOptions): Promise<CommandModels> {
  if (replay !== undefined && record !== undefined) throw new CommandError('`--record` and `--replay` exclude each other: give one.');
  const source = await setup.models(model);
  if (replay !== undefined) {
    const opened = await setup.openReplay(replay);
    const { default: _default, embedded: _embedded, ...rest } = source;
    return { source: { ...rest, picked: opened.id, open: async () => opened }, close: async () => null };
  }
  if (record === undefined) return { source, close: async () => null };
  if (statSync(record, { throwIfNoEntry: false })?.isDirectory() === true) throw new CommandError(`Completions cannot be recorded in ${record}: it is a folder.`);
  const file = openRecordFile(record, { redact: (text) => setup.host.redact(text) });
  return {
    source: { ...source, open: async (name) => recordingModel(await source.open(name), (line) => file.append(line)) },
    async close() {
      try {
        await file.close();
        return null;
      } catch (error) {
        return `The completions could not be recorded in ${record}: ${error instanceof Error ? error.message : String(error)}`;
      }
    },
  };
}
