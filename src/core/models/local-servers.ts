/** A kind of model server that people run on their own machine, and where it listens unless it is told otherwise. */
export interface LocalServer {
  /** What stands before the colon of a model's name: `ollama:llama3.2` is that model at Ollama's usual place. */
  readonly prefix: string;
  /** How people call it. */
  readonly title: string;
  readonly port: number;
}

/** Usual ports, from the servers' own documentation. */
export const localServers: readonly LocalServer[] = [
  { prefix: 'ollama', title: 'Ollama', port: 11434 },
  { prefix: 'lmstudio', title: 'LM Studio', port: 1234 },
  { prefix: 'llamacpp', title: 'llama.cpp', port: 8080 },
  { prefix: 'vllm', title: 'vLLM', port: 8000 },
  { prefix: 'sglang', title: 'SGLang', port: 30000 },
  { prefix: 'jan', title: 'Jan', port: 1337 },
  { prefix: 'gpt4all', title: 'GPT4All', port: 4891 },
  { prefix: 'koboldcpp', title: 'KoboldCpp', port: 5001 },
  { prefix: 'litellm', title: 'LiteLLM', port: 4000 },
];

/** What to write as `baseUrl` for a server on this machine. */
export function localBaseUrl(port: number): string {
  return `http://127.0.0.1:${port}/v1`;
}
