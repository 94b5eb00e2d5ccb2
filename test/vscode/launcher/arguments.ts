/** What `@vscode/test-electron` tells VS Code on its command line, as far as the browser edition can be told. */
export interface Arguments {
  /** Folders of extensions under development. */
  readonly extensions: readonly string[];
  /** The module whose `run` is called in the extension host; null: none, and the window stays open. */
  readonly tests: string | null;
  readonly data: string | null;
  readonly installed: string | null;
  readonly trust: boolean;
  /** The folder that is opened; null: none. */
  readonly folder: string | null;
}

export function readArguments(args: readonly string[]): Arguments {
  const values = (name: string): readonly string[] => args.flatMap((arg) => (arg.startsWith(`--${name}=`) ? [arg.slice(name.length + 3)] : []));
  return {
    extensions: values('extensionDevelopmentPath'),
    tests: values('extensionTestsPath').at(-1) ?? null,
    data: values('user-data-dir').at(-1) ?? null,
    installed: values('extensions-dir').at(-1) ?? null,
    // test-electron always says that it disables trust; a flag of our own asks for it all the same.
    trust: args.includes('--disable-workspace-trust') && !args.includes('--ask-for-trust'),
    folder: args.find((arg) => !arg.startsWith('-')) ?? null,
  };
}
