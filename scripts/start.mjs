/**
 * `npm start [-- [--no-open] [NOTEBOOK]]`: from a fresh clone to a running notebook. Installs, builds, gets the embedded model once, and runs a
 * notebook on it in the terminal, without a key. Runs on any Node from 20 on, with nothing installed.
 */
import { install, node, root, run } from './install.mjs';
import { join, relative, resolve } from 'node:path';
import { existsSync } from 'node:fs';

/** Ends `npm start` with a status; what is to be said has been said. */
class Stop extends Error {
  constructor(status) {
    super();
    this.status = status;
  }
}

try {
  const { notebook, open } = read(process.argv.slice(2));
  install();
  console.error('Building …');
  step([join(root, 'esbuild.mjs')], 'The command line could not be built.');
  const offline = 'Run `npm start` again when it can be had; without it, notebooks run on other models: `node dist/cli.js run NOTEBOOK --model MODEL` (docs/models.md).';
  step([join(root, 'scripts', 'get-llama.ts')], `The engine for local models is missing. ${offline}`);
  step([join(root, 'scripts', 'get-model.ts')], `The embedded model is missing. ${offline}`);
  console.error(`Running ${notebook}\n`);
  // On the Node of the person's own machine, as it will be without this project's packages.
  const status = run(process.execPath, [join(root, 'dist', 'cli.js'), 'run', notebook]);
  if (status !== 0) throw new Stop(status);
  if (open) openEditor(notebook);
} catch (error) {
  if (!(error instanceof Stop)) console.error(error.message);
  process.exitCode = error.status ?? 1;
}

/** The notebook has run; what cannot be opened after that is said, and is no failure of the run. */
function openEditor(notebook) {
  console.error('\nOpening VS Code …  (`npm start -- --no-open` leaves this out.)');
  const status = run(node, [join(root, 'scripts', 'vscode', 'open.ts'), join(root, notebook)]);
  if (status !== 0 && status !== 130) throw new Stop(status);
}

/** A notebook's path counts from where the person stands, and is shown from the project's folder, which the programs run in. */
function read(args) {
  const unknown = args.find((arg) => arg.startsWith('-') && arg !== '--no-open');
  if (unknown !== undefined) throw new Error(`There is no option ${unknown}. It is: npm start -- [--no-open] [NOTEBOOK]`);
  const [given, another] = args.filter((arg) => !arg.startsWith('-'));
  if (another !== undefined) throw new Error(`One notebook is run at a time, and there are two: ${given}, ${another}.`);
  const path = given === undefined ? join(root, 'examples', 'quickstart.promptnb') : resolve(process.env.INIT_CWD ?? process.cwd(), given);
  if (!existsSync(path)) throw new Error(`There is no notebook ${given}.`);
  return { notebook: relative(root, path), open: !args.includes('--no-open') };
}

function step(args, failure) {
  // What a step prints is about the way there; the notebook's own text is alone on the standard output.
  const status = run(node, args, { stdio: ['ignore', 2, 2] });
  if (status === 130) throw new Stop(status);
  if (status !== 0) {
    console.error(`\n${failure}`);
    throw new Stop(1);
  }
}
