/** A lock file of npm, as far as it is read here. */
export interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly optional?: boolean } | undefined>>;
}

export function isInstalled(lock: Lock | null, installed: Lock | null): boolean;
