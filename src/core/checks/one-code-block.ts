import type { CodeCheck } from './check.ts';
import { argumentProblem, quoted } from './argument.ts';
import { codeBlocks } from './code-blocks.ts';

/** The answer is exactly one fenced code block, with nothing but white space around it: what a pretended terminal answers. */
export const oneCodeBlock: CodeCheck<true> = {
  name: 'one_code_block',
  doc: 'The answer is exactly one fenced code block, and nothing but white space stands outside of it.',
  example: 'true',
  argument: 'optional',
  parse: (argument) => {
    if (argument.value === true || argument.value === null) return { value: true };
    return argumentProblem(argument, '`one_code_block` takes no value but `true`. To turn it off, take the line out.');
  },
  title: () => 'one_code_block',
  run: async (_value, { text }) => {
    const { blocks, outside } = codeBlocks(text);
    const [first] = blocks;
    if (first === undefined) return { passed: false, reason: 'The answer has no fenced code block; it must be one, with nothing outside.' };
    if (blocks.length > 1) return { passed: false, reason: `The answer has ${blocks.length} code blocks (from line ${first.line} and ${blocks[1]!.line}); it must be exactly one.` };
    const stray = outside[0];
    if (stray !== undefined) return { passed: false, reason: `There is text outside of the code block, on line ${stray.line}: ${quoted(stray.text)}.` };
    if (!first.closed) return { passed: false, reason: 'The code block is not closed: its last line must be the fence alone.' };
    return { passed: true, reason: 'The answer is one code block with nothing outside.' };
  },
};
