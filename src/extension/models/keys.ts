import * as vscode from 'vscode';

/** Keys of servers in the editor's secret store, each under the origin that it is for: it is sent nowhere else. */
export interface Keys extends vscode.Disposable {
  /** @param endpoint an origin: `https://api.openai.com`. */
  get(endpoint: string): Promise<string | undefined>;
  set(endpoint: string, key: string): Promise<void>;
  remove(endpoint: string): Promise<void>;
  /** The origins that have a key. */
  endpoints(): Promise<readonly string[]>;
  /** Every key, to be taken out of what is written. */
  all(): Promise<readonly string[]>;
  readonly onDidChange: vscode.Event<void>;
}

const prefix = 'promptnb.key ';

export function keysIn(secrets: vscode.SecretStorage): Keys {
  const didChange = new vscode.EventEmitter<void>();
  const subscription = secrets.onDidChange(({ key }) => {
    if (key.startsWith(prefix)) didChange.fire();
  });
  const endpoints = async (): Promise<readonly string[]> => (await secrets.keys()).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  return {
    get: async (endpoint) => secrets.get(`${prefix}${endpoint}`),
    set: async (endpoint, key) => secrets.store(`${prefix}${endpoint}`, key),
    remove: async (endpoint) => secrets.delete(`${prefix}${endpoint}`),
    endpoints,
    all: async () => (await Promise.all((await endpoints()).map(async (endpoint) => secrets.get(`${prefix}${endpoint}`)))).filter((key) => key !== undefined),
    onDidChange: didChange.event,
    dispose() {
      subscription.dispose();
      didChange.dispose();
    },
  };
}
