/** A service that answers over the network with OpenAI's API. */
export interface Service {
  /** How people call it. */
  readonly title: string;
  /** What to write as `baseUrl`; null where everyone has an address of their own, which looks like `example`. */
  readonly baseUrl: string | null;
  readonly example?: string;
}

/** From the services' own documentation; docs/models.md has the same list. */
export const services: readonly Service[] = [
  { title: 'OpenAI', baseUrl: 'https://api.openai.com/v1' },
  { title: 'Azure OpenAI', baseUrl: null, example: 'https://NAME.openai.azure.com/openai/v1' },
  { title: 'OpenRouter', baseUrl: 'https://openrouter.ai/api/v1' },
  { title: 'Anthropic', baseUrl: 'https://api.anthropic.com/v1' },
  { title: 'Gemini', baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai' },
  { title: 'Mistral', baseUrl: 'https://api.mistral.ai/v1' },
  { title: 'Groq', baseUrl: 'https://api.groq.com/openai/v1' },
  { title: 'DeepSeek', baseUrl: 'https://api.deepseek.com' },
  { title: 'xAI', baseUrl: 'https://api.x.ai/v1' },
  { title: 'Together', baseUrl: 'https://api.together.xyz/v1' },
  { title: 'Fireworks', baseUrl: 'https://api.fireworks.ai/inference/v1' },
  { title: 'Cerebras', baseUrl: 'https://api.cerebras.ai/v1' },
];
