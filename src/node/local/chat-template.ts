import { createRequire } from 'node:module';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import type { Gguf } from './gguf.ts';
import type { PromptPart } from './protocol.ts';

/** A message as chat templates know it (the names are the hub's and OpenAI's). */
export interface TemplateMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string;
}

/** Renders messages with a model's own chat template. */
export interface ChatTemplate {
  /** Whether it takes a system message. */
  readonly system: boolean;
  /** False when the file has no template and ChatML stands in for it. */
  readonly own: boolean;
  /** @throws TemplateError when the template refuses these messages or does not come to an end. */
  render(messages: readonly TemplateMessage[]): RenderedPrompt;
}

export interface RenderedPrompt {
  /** Template and content apart, so that a special token in a person's text stays text. */
  readonly parts: readonly PromptPart[];
  /** Whether the parts joined are, to the letter, what the template makes of the messages. */
  readonly exact: boolean;
}

export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** What llama.cpp uses too for a file without a template. */
const chatMl =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/** A template may come from anywhere: one that runs longer than this many milliseconds is stopped. */
const maxMilliseconds = 1000;

interface Jinja {
  readonly Template: new (source: string) => { render(items: Record<string, unknown>): string };
}

/**
 * Opens the chat template of a model with the Jinja interpreter that node-llama-cpp brings along (no native code is loaded).
 *
 * @throws TemplateError when the template cannot be parsed.
 */
export function openChatTemplate(gguf: Pick<Gguf, 'chatTemplate' | 'bosToken' | 'eosToken'>, llamaFolder: string): ChatTemplate {
  const jinja = createRequire(join(llamaFolder, 'package.json'))('@huggingface/jinja') as Jinja;
  const source = gguf.chatTemplate ?? chatMl;
  const template = guarded('It cannot be parsed', () => new jinja.Template(source));
  const renderText = (messages: readonly TemplateMessage[]): string =>
    guarded('It refuses these messages', () =>
      template.render({
        messages: messages.map((message) => ({ ...message })),
        add_generation_prompt: true,
        bos_token: gguf.bosToken,
        eos_token: gguf.eosToken,
      }),
    );
  return {
    own: gguf.chatTemplate !== null,
    system: takesSystem(renderText),
    render: (messages) => renderParts(messages, renderText),
  };
}

/** Some templates raise an error for a system message, others leave it out without a word. */
function takesSystem(render: (messages: readonly TemplateMessage[]) => string): boolean {
  try {
    return render([{ role: 'system', content: 'probe-7f3a' }, { role: 'user', content: 'x' }]).includes('probe-7f3a');
  } catch (error) {
    if (error instanceof TemplateError) return false;
    throw error;
  }
}

/** Renders with marks for the contents, then puts the contents where their marks stand. */
function renderParts(messages: readonly TemplateMessage[], render: (messages: readonly TemplateMessage[]) => string): RenderedPrompt {
  const whole = render(messages);
  const mark = unusedMark(whole);
  const marked = render(messages.map((message, index) => ({ ...message, content: `${mark}${index};` })));
  const pieces = marked.split(new RegExp(`${mark}(\\d+);`));
  const assemble = (content: (text: string) => string): PromptPart[] =>
    pieces.flatMap((piece, index): PromptPart[] => {
      const text = index % 2 === 0 ? piece : content(messages[Number(piece)]?.content ?? '');
      return text === '' ? [] : [{ kind: index % 2 === 0 ? 'template' : 'content', text }];
    });
  for (const content of [(text: string) => text, (text: string) => text.trim()]) {
    const parts = assemble(content);
    if (parts.map((part) => part.text).join('') === whole) return { parts, exact: true };
  }
  const shown = new Set(pieces.filter((_, index) => index % 2 === 1).map(Number));
  if (messages.some(({ content }, index) => content.trim() !== '' && !shown.has(index))) throw new TemplateError('It changes the texts of messages in a way that cannot be followed.');
  // The template reads the contents (it cuts out an earlier thought, say). The safe rendering is kept: texts whole, and texts only.
  return { parts: assemble((text) => text), exact: false };
}

/** A word of letters that the text does not hold. */
function unusedMark(text: string): string {
  let mark = 'xqContent';
  while (text.includes(mark)) mark += 'z';
  return mark;
}

/** Runs foreign template code with a limit on time; its failures become {@link TemplateError}. */
function guarded<T>(what: string, run: () => T): T {
  try {
    return runInNewContext('run()', { run }, { timeout: maxMilliseconds }) as T;
  } catch (error) {
    const reason = (error as Error).message ?? String(error);
    throw new TemplateError(`${what}: ${reason.split('\n')[0]!.slice(0, 300)}`, { cause: error });
  }
}
