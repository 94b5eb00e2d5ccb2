#!/usr/bin/env node
import { Command, InvalidArgumentError, Option } from 'commander';
import { CommandError, exitStatus } from './exit.ts';
import { processTerminal, type Terminal } from './terminal.ts';
import { safeForTerminal } from '../core/safety/terminal.ts';

/** Filled in by the build from package.json. */
declare const PROMPTNB_VERSION: string | undefined;

const program = new Command('promptnb');
const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
const cells = (): Option => new Option('--cell <name>', 'a cell, by name or #number; may be given several times').argParser(collect);
const param = (): Option => new Option('--param <name=value>', 'the value of a parameter or input; may be given several times').argParser(collect);
const config = (): Option => new Option('--config <file>', 'the model list, instead of the nearest promptnb.config.yaml');
const format = (...choices: string[]): Option => new Option('--format <format>', 'how the result is printed').choices(choices).default('text');

program
  .configureHelp({ showGlobalOptions: true })
  .description('Runs notebooks of programs written in English.')
  .version(typeof PROMPTNB_VERSION === 'string' ? PROMPTNB_VERSION : 'development', '-V, --version')
  .option('--no-color', 'without colours')
  .showHelpAfterError('(add --help for how it is used)')
  .exitOverride()
  .configureOutput({ writeErr: (text) => void process.stderr.write(text) });

program
  .command('run <notebook>')
  .description('run cells, with what they need')
  .addOption(cells())
  .option('--from <name>', 'this cell and all that use its result, with what they need')
  .option('--model <id>', 'the model that answers where a cell names none')
  .addOption(param())
  .option('--params <file>', 'values of parameters, as a JSON or YAML map')
  .option('--write', 'write the results into the notebook')
  .option('--output <file>', 'write the notebook with its results to another file')
  .addOption(format('text', 'json', 'jsonl'))
  .addOption(config())
  .option('--concurrency <n>', 'how many cells run side by side', wholeNumber)
  .addOption(new Option('--cache <mode>', 'whether the completions cache answers').choices(['on', 'off', 'refresh']))
  .option('--record <file>', 'record every completion in a file')
  .option('--replay <file>', 'answer only from a file of recorded completions')
  .option('--max-cost <usd>', 'refuse to spend more US dollars than this', amount)
  .option('--max-tokens <n>', 'refuse to use more tokens than this', wholeNumber)
  .addOption(new Option('--allow <tool>', 'permit a tool that writes or sends; may be given several times').argParser(collect))
  .option('--trust', 'let the notebook start the servers that it names')
  .option('--yes', 'download a local model without asking')
  .option('--quiet', 'on stderr only what went wrong')
  .action((path: string, options: object) => perform(async (terminal) => (await import('./commands/run.ts')).runCommand(path, options as never, terminal)));

program
  .command('preview <notebook>')
  .description('print the exact requests that cells would send; sends nothing')
  .addOption(cells())
  .option('--model <id>', 'the model that answers where a cell names none')
  .addOption(param())
  .option('--params <file>', 'values of parameters, as a JSON or YAML map')
  .addOption(config())
  .addOption(format('text', 'json'))
  .action((path: string, options: object) => perform(async (terminal) => (await import('./commands/preview.ts')).previewCommand(path, options as never, terminal)));

program
  .command('check <notebooks...>')
  .description('print the problems of notebooks')
  .addOption(format('text', 'json'))
  .action((paths: string[], options: object) => perform(async (terminal) => (await import('./commands/check.ts')).checkCommand(paths, options as never, terminal)));

program
  .command('tokens [files...]')
  .description('count the tokens of files, or of standard input (-)')
  .option('--model <id>', 'as this model counts')
  .addOption(config())
  .option('--encoding <name>', 'with this encoding: o200k, o200k_base, cl100k …')
  .option('--ids', 'print the token ids too')
  .addOption(format('text', 'json'))
  .action((paths: string[], options: object) => perform(async (terminal) => (await import('./commands/tokens.ts')).tokensCommand(paths, options as never, terminal)));

program
  .command('models')
  .description('list models: configured, found on this machine, embedded')
  .addOption(config())
  .addOption(format('text', 'json'))
  .action((options: object) => perform(async (terminal) => (await import('./commands/models.ts')).modelsCommand(options as never, terminal)));

program
  .command('trace <record-or-notebook>')
  .description('print the record of a run, or of the outputs in a notebook')
  .option('--cell <name>', 'the cell, by name or #number')
  .addOption(format('text', 'json'))
  .action((path: string, options: object) => perform(async (terminal) => (await import('./commands/trace.ts')).traceCommand(path, options as never, terminal)));

async function perform(command: (terminal: Terminal) => Promise<number>): Promise<void> {
  const { color } = program.opts<{ color: boolean }>();
  let unwritten = false;
  const terminal = processTerminal({
    color, environment: process.env,
    onOutError(error) {
      unwritten = true;
      terminal.err(`${terminal.style.red('promptnb')}: Standard output cannot be written: ${safeForTerminal(error.message)}\n`);
      process.exitCode ||= exitStatus.failed;
    },
  });
  try {
    process.exitCode = (await command(terminal)) || (unwritten ? exitStatus.failed : exitStatus.done);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const { style } = terminal;
    terminal.err(`${style.red('promptnb')}: ${safeForTerminal(error.message)}\n${error.hint === null ? '' : `${style.dim(`  ${safeForTerminal(error.hint)}`)}\n`}`);
    process.exitCode = exitStatus.wrongUse;
  }
}

function wholeNumber(text: string): number {
  if (!/^[0-9]{1,15}$/.test(text) || Number(text) < 1) throw new InvalidArgumentError('It must be a whole number, 1 or more.');
  return Number(text);
}

function amount(text: string): number {
  const value = Number(text.replace(/^\$/, ''));
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw new InvalidArgumentError('It must be an amount in US dollars, such as 0.05.');
  return value;
}

try {
  await program.parseAsync();
} catch (error) {
  const { code, exitCode } = error as { code?: string; exitCode?: number };
  if (typeof code !== 'string' || !code.startsWith('commander.')) throw error;
  if (code === 'commander.unknownCommand' && /\.promptnb(?:\.md)?$/.test(process.argv[2] ?? '')) process.stderr.write(`To run it: promptnb run ${safeForTerminal(process.argv[2]!)}\n`);
  process.exitCode = exitCode === 0 ? exitStatus.done : exitStatus.wrongUse;
}
