import ts from 'typescript';

/** Source files: a path from the project's root, with `/`, and its text. */
export type Files = ReadonlyMap<string, string>;

export interface Import {
  /** null where it is computed, so that nobody can see what it is. */
  readonly specifier: string | null;
  /**
   * Gone when it runs. `import { type A }` is not: Node and the compiler (`verbatimModuleSyntax`) leave the module's import there, without
   * names, so it is loaded all the same.
   */
  readonly typeOnly: boolean;
  /** Loaded when it is needed. */
  readonly dynamic: boolean;
  /** Takes no name: it is there for what the module does when it is loaded. */
  readonly bare: boolean;
}

/** Every way in which a source text names another module: imports, exports, types, `require`, references in comments. */
export function importsOf(path: string, text: string): readonly Import[] {
  const source = parse(path, text);
  const found: Import[] = [];
  const add = (specifier: ts.Node | string | undefined, { typeOnly = false, dynamic = false, bare = false } = {}): void => {
    const name = typeof specifier === 'string' ? specifier : specifier !== undefined && ts.isStringLiteralLike(specifier) ? specifier.text : null;
    found.push({ specifier: name, typeOnly, dynamic, bare });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, { typeOnly: node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword, bare: node.importClause === undefined });
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) add(node.moduleSpecifier, { typeOnly: node.isTypeOnly });
    else if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) add(node.moduleReference.expression, { typeOnly: node.isTypeOnly });
    else if (ts.isImportTypeNode(node)) add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, { typeOnly: true });
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], { dynamic: true });
    else if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'require') add(node.arguments[0]);
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const { fileName } of [...source.typeReferenceDirectives, ...source.referencedFiles]) add(fileName, { typeOnly: true });
  return found;
}

/** A source text as the compiler reads it. */
export function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}
