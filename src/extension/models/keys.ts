import * as vscode from 'vscode';

/** Keys of servers in the editor's secret store, each under the origin that it is for: it is sent nowhere else. */
export interface Keys extends vscode.Disposable {
  /** @param endpoint an origin: `https://api.openai.com`. */
  get(endpoint: string): Promise<string | undefined>;
  set(endpoint: string, key: string): Promise<void>;
  remove(endpoint: string): Promise<void>;
  /** The origins that have a key. */
  endpoints(): Promise<readonly string[]>;
  readonly onDidChange: vscode.Event<void>;
}

const prefix = 'promptnb.key ';

export function keysIn(secrets: vscode.SecretStorage): Keys {
  const didChange = new vscode.EventEmitter<void>();
  const subscription = secrets.onDidChange(({ key }) => {
    if (key.startsWith(prefix)) didChange.fire();
  });
  return {
    get: async (endpoint) => secrets.get(`${prefix}${endpoint}`),
    set: async (endpoint, key) => secrets.store(`${prefix}${endpoint}`, key),
    remove: async (endpoint) => secrets.delete(`${prefix}${endpoint}`),
    endpoints: async () => (await secrets.keys()).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length)),
    onDidChange: didChange.event,
    dispose() {
      subscription.dispose();
      didChange.dispose();
    },
  };
}
