import type { Outcome, Run, RunContext, Technique } from './technique.ts';
import { bad, readText, type Read } from './read.ts';
import { linkSignals } from '../engine/link-signals.ts';
import { stopped } from '../engine/errors.ts';
import { mergeTaint, type Message, type Source, type ToolCall } from '../prompt/message.ts';
import { didYouMean } from '../did-you-mean.ts';
import type { OptionNode } from '../prompt/options.ts';
import type { Problem } from '../problem.ts';
import type { Json } from '../json.ts';
import type { Tool, ToolResult } from '../tools/tool.ts';
import { readArguments } from '../tools/validate-arguments.ts';
import { tools as knownTools } from '../tools/index.ts';

/** How many steps a cell with tools may take where `limits.steps` says nothing. */
export const defaultSteps = 10;

/** The most characters of a tool's result that the model reads. */
const maxResultLength = 100_000;

/** Milliseconds that one call of a tool may take. */
const maxToolMs = 60_000;

/** Tools that the model may call; it is asked again with their results until it answers without a call. */
export const tools: Technique<readonly Tool[]> = {
  name: 'tools',
  doc: `Tools that the model may call, by name. It is asked again with their results until it answers without a call, for at most \`limits.steps\` steps (${defaultSteps} where nothing is said).`,
  example: '[calculator]',
  parse: (node) => readTools(node),
  wrap: (available, next) => (request, context) => toolLoop({ ...request, tools: available }, next, context),
};

function readTools(node: OptionNode): Read<readonly Tool[]> {
  const value: Tool[] = [];
  const problems: Problem[] = [];
  for (const item of node.items ?? [node]) {
    const name = readText(item, 'A tool');
    problems.push(...name.problems);
    if (name.value === undefined) continue;
    const tool = knownTools.find((candidate) => candidate.name === name.value);
    if (tool !== undefined) value.push(tool);
    else problems.push(unknownTool(name.value, item));
  }
  return { value, problems };
}

function unknownTool(name: string, node: OptionNode): Problem {
  const names = knownTools.map((tool) => tool.name);
  const near = didYouMean(name, names);
  const message = near ? `There is no tool \`${name}\`. Did you mean \`${near}\`?` : `There is no tool \`${name}\`. There is ${names.map((known) => `\`${known}\``).join(', ')}.`;
  const problem = bad(node, 'unknown-tool', message).problems[0]!;
  return { ...problem, ...(near && { fix: { title: `Change to \`${near}\``, span: node.span, text: near } }) };
}

async function toolLoop(request: Parameters<Run>[0], next: Run, context: RunContext): Promise<Outcome> {
  if (request.tools.length > 0 && !request.model.capabilities.tools) {
    return {
      status: 'failed', finish: null, text: '', value: null, message: null, checks: [], attempts: 1, taint: [],
      error: {
        code: 'unavailable',
        message: `${request.model.id} takes no tools, and the cell gives it ${request.tools.map((tool) => `\`${tool.name}\``).join(', ')}.`,
        hint: 'Choose a model that can call tools, or take `tools:` out.',
      },
    };
  }
  let messages = request.messages;
  const texts: string[] = [];
  const joined = (): string => texts.filter((text) => text !== '').join('\n\n');
  for (;;) {
    const outcome = await next({ ...request, messages }, context);
    if (outcome.text !== '') texts.push(outcome.text);
    const calls = outcome.status === 'done' ? (outcome.message?.toolCalls ?? []) : [];
    if (calls.length === 0) {
      // The answer is what came after the last tool result; a run that was cut keeps whatever had been said.
      const text = outcome.status === 'done' ? outcome.text : joined();
      return { ...outcome, text, value: text };
    }
    const results = await runCalls(calls, request, context);
    if (context.signal.aborted) return stopped({ ...outcome, text: joined(), value: joined(), message: null }, context);
    messages = [...messages, outcome.message!, ...results];
  }
}

/** All calls of one step. They settle all before the next request, in the order asked for, whatever each comes to. */
async function runCalls(calls: readonly ToolCall[], request: Parameters<Run>[0], context: RunContext): Promise<Message[]> {
  return Promise.all(calls.map((call) => runCall(call, request, context)));
}

async function runCall(call: ToolCall, request: Parameters<Run>[0], context: RunContext): Promise<Message> {
  const { host } = context;
  const step = context.step();
  context.emit({ type: 'tool-call-start', at: host.now(), step, parent: request.parent, id: call.id, name: call.name, arguments: call.arguments });
  const { text, error } = await toolAnswer(call, request.tools, context);
  // The cut may go through a character, of which half is no text.
  const output = text.length > maxResultLength ? `${text.slice(0, maxResultLength).toWellFormed()}\n[cut: ${text.length - maxResultLength} more characters]` : text;
  context.emit({ type: 'tool-call-end', at: host.now(), step, output, error });
  const source: Source = { kind: 'tool', name: call.name };
  return { role: 'tool', toolCallId: call.id, name: call.name, content: [{ text: output, source, taint: mergeTaint([[source]]) }] };
}

/** A tool's result as text for the model. What goes wrong is told to the model too: it can try again or do without. */
async function toolAnswer(call: ToolCall, available: readonly Tool[], context: RunContext): Promise<{ text: string; error: boolean }> {
  const tool = available.find((candidate) => candidate.name === call.name);
  if (tool === undefined) {
    const names = available.map((candidate) => candidate.name).join(', ');
    return { text: `Error: there is no tool named ${JSON.stringify(call.name)}. The tools are: ${names}.`, error: true };
  }
  const read = await readArguments(call.arguments, tool.parameters);
  if ('error' in read) return { text: `Error: ${read.error}`, error: true };
  if ((tool.effect === 'write' || tool.effect === 'send') && !context.allowed.has(tool.name)) {
    return { text: `Error: ${tool.name} was not run. It ${tool.effect === 'write' ? 'writes' : 'sends'}, and nobody has allowed that (--allow ${tool.name}).`, error: true };
  }
  try {
    const result = await inTime(tool, read.value, context);
    return { text: result.text, error: false };
  } catch (error) {
    if (context.signal.aborted) return { text: 'Error: the run was stopped before the tool ended.', error: true };
    return { text: `Error: ${error instanceof Error ? error.message : String(error)}`, error: true };
  }
}

/** Runs a tool until its time is over: one that hangs must not hold the run for ever. */
async function inTime(tool: Tool, input: Json, { host, signal }: RunContext): Promise<ToolResult> {
  const over = new AbortController();
  const { signal: ends, unlink } = linkSignals([signal, over.signal]);
  host.sleep(maxToolMs, ends).then(() => over.abort(new Error(`${tool.name} did not end within ${maxToolMs / 1000} s, and was given up.`)), () => undefined);
  try {
    return await unlessAborted(tool.run(input, { signal: ends }), ends);
  } finally {
    over.abort();
    unlink();
  }
}

/** A tool that does not listen to its signal must not hold back a cancel. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
