/**
 * Folders of test/ that must hold tests, in the order in which they run: what is quick and says most comes first. A folder that is not
 * named here is run all the same, after `cli`; one that is named and holds no tests fails, so that no layer is lost unseen.
 */
export const required = ['rules', 'docs', 'servers', 'faults', 'build', 'cli', 'hostile', 'examples', 'local', 'independent', 'package', 'vscode', 'ui'];

/** Layers whose tests ask the embedded model. */
const withModel = ['cli', 'hostile', 'examples', 'local', 'independent', 'build', 'package', 'vscode', 'ui'];

/** Layers whose tests look at VS Code in a browser. */
const withVscode = ['ui'];

/** Where other layers stand in the order. */
const middle = required.indexOf('cli') + 0.5;

/**
 * @param {readonly string[]} paths of files under test/, from there.
 * @returns {{ name: string, spec: string, needsModel: boolean, needsVscode: boolean, program: string | null }[]} `program` runs the layer's tests itself, and
 * writes what the reporter would.
 */
export function layers(paths) {
  const found = paths.filter((path) => path.endsWith('.test.ts')).map((path) => path.split(/[\\/]/)[0]).filter((name) => !name.endsWith('.ts'));
  const rank = (name) => (required.includes(name) ? required.indexOf(name) : middle);
  const folders = [...new Set([...required, ...found])].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  const programs = new Set(paths.map((path) => path.replaceAll('\\', '/')).filter((path) => /^[^/]+\/run\.ts$/.test(path)));
  const beside = folders.map((name) => ({ name, spec: `test/${name}/**/*.test.ts`, needsModel: withModel.includes(name), needsVscode: withVscode.includes(name), program: programs.has(`${name}/run.ts`) ? `test/${name}/run.ts` : null }));
  return [{ name: 'unit', spec: 'src/**/*.test.ts', needsModel: false, needsVscode: false, program: null }, ...beside];
}
