export interface Layer {
  readonly name: string;
  /** A glob, from the project's root. */
  readonly spec: string;
  readonly needsModel: boolean;
  readonly needsVscode: boolean;
  /** Runs the layer's tests itself, in place of mocha. */
  readonly program: string | null;
}

export const required: readonly string[];
export function layers(paths: readonly string[]): Layer[];
