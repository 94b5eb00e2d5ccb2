import { CommandError } from './exit.ts';
import { checkParamValue, parseParamValue, type ParamDeclaration } from '../core/values/params.ts';
import { didYouMean } from '../core/did-you-mean.ts';
import { input } from '../core/techniques/input.ts';
import { inputFromText } from '../core/values/inputs.ts';
import { isObject, type Json, type JsonSchema } from '../core/json.ts';
import { parseData } from '../core/values/data.ts';
import { FileError, readText } from '../node/files.ts';
import type { Program } from '../core/engine/program.ts';

export interface GivenValues {
  readonly params: ReadonlyMap<string, Json>;
  readonly inputs: ReadonlyMap<string, Json>;
}

/**
 * The values given with `--param name=value` and `--params FILE` (JSON or YAML, a map), for parameters of the notebook and inputs of its
 * cells. What stands on the command line is stronger than the file.
 * @throws CommandError
 */
export function readParameters(program: Program, { param = [], params: file }: { readonly param?: readonly string[]; readonly params?: string | undefined }): GivenValues {
  const params = new Map<string, Json>();
  const inputs = new Map<string, Json>();
  const declared = new Map(program.options.params.map((one) => [one.name, one]));
  const schemas = new Map(program.prompts.flatMap((cell) => (cell.options.get(input)?.inputs ?? []).map((one) => [one.name, one.schema] as const)));
  const take = (name: string, read: (declaration: ParamDeclaration) => ReturnType<typeof parseParamValue>, asInput: (schema: JsonSchema) => Json): void => {
    const declaration = declared.get(name);
    if (declaration !== undefined) {
      const value = read(declaration);
      if ('problem' in value) throw new CommandError(value.problem);
      params.set(name, value.value);
    } else if (schemas.has(name)) {
      inputs.set(name, asInput(schemas.get(name)!));
    } else {
      const names = [...declared.keys(), ...schemas.keys()];
      const near = didYouMean(name, names);
      const hint = near !== undefined ? `Did you mean \`${near}\`?` : names.length === 0 ? 'The notebook declares none. Declare it under `params:` in its front matter.' : `There are ${names.map((one) => `\`${one}\``).join(', ')}.`;
      throw new CommandError(`There is no parameter \`${name}\`.`, hint);
    }
  };
  for (const [name, value] of Object.entries(readFile(file))) take(name, (declaration) => checkParamValue(declaration, value), () => value);
  for (const text of param) {
    const equals = text.indexOf('=');
    if (equals < 1) throw new CommandError(`\`--param ${text}\` is not of the form name=value.`);
    const value = text.slice(equals + 1);
    take(text.slice(0, equals), (declaration) => parseParamValue(declaration, value), (schema) => inputFromText(schema, value));
  }
  return { params, inputs };
}

function readFile(file: string | undefined): { readonly [name: string]: Json } {
  if (file === undefined) return {};
  let text: string;
  try {
    text = readText(file).replace(/^\ufeff/, '');
  } catch (error) {
    if (error instanceof FileError) throw new CommandError(`The parameters cannot be read from ${file}: ${error.message}`);
    throw error;
  }
  const { value, problems } = parseData(/\.json$/i.test(file) ? 'json' : 'yaml', text);
  const wrong = problems.find((problem) => problem.severity === 'error');
  if (wrong !== undefined) throw new CommandError(`The parameters in ${file} cannot be read: ${wrong.message}`);
  if (!isObject(value)) throw new CommandError(`The parameters in ${file} must be a map from name to value.`);
  return value;
}
