/**
 * `npm start [-- --no-open] [-- NOTEBOOK]`: from a fresh clone to a running notebook. Installs, builds, gets the embedded model, and
 * runs a notebook on it in the terminal, without a key.
 */
import { install, node, root, run } from './install.mjs';
import { join } from 'node:path';

const args = process.argv.slice(2);
const unknown = args.find((arg) => arg.startsWith('-') && arg !== '--no-open');
const notebook = args.find((arg) => !arg.startsWith('-')) ?? join('examples', 'quickstart.promptnb');

try {
  if (unknown !== undefined) throw new Error(`There is no option ${unknown}. There is: --no-open.`);
  install();
  step('Building …', node, ['esbuild.mjs']);
  step('', node, [join('scripts', 'get-llama.ts')], 'The engine for local models could not be installed.');
  step('', node, [join('scripts', 'get-model.ts')], 'The embedded model could not be had.');
  console.error(`Running ${notebook}\n`);
  process.exitCode = run(process.execPath, [join(root, 'dist', 'cli.js'), 'run', notebook]);
  if (process.exitCode === 0 && !args.includes('--no-open')) console.error('\nThe editor is not part of this version yet; `npx promptnb --help` shows what the command line can do.');
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

function step(title, command, commandArgs, failure = `${commandArgs.join(' ')} failed.`) {
  if (title !== '') console.error(title);
  if (run(command, commandArgs) !== 0) throw new Error(`${failure} What went wrong stands above; run \`npm start\` again when it is solved.`);
}
