import fc from 'fast-check';

/** A line that may be anything in a file: what opens, closes or divides, and what only looks like it. */
export const anyLine = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('', ' ', 'text', '# Title', '- item', '  more', '1. one', '> quote', '---', '<!-- cell -->', '<!-- note', 'note -->', '<pre>', '</pre>', '<div>', 'key: value', '\tTab', '    code', '\0', '<<<<<<< ours', '=======', '>>>>>>> theirs', '{{x}}', '}', '$$') },
  { weight: 5, arbitrary: fc.constantFrom('```', '````', '~~~', '  ```', '   ~~~', '```js', '```{prompt}', '```{prompt poem}', '````{prompt a b=c}', '~~~{json topic}', '  ```{prompt in}', '```{output run=1 in=2 status=done}', '~~~{output}', '```{python x y="a b"}', '- ```{prompt}', '> ```{prompt}', '```{}', '```{ }', '```{prompt', '    ```{prompt}') },
  { weight: 1, arbitrary: fc.string({ maxLength: 12, unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, '')) },
);
const eol = fc.constantFrom('\n', '\r\n', '\r');
/** A file of such lines, with every kind of line end. */
export const anyFile = fc.record({
  bom: fc.boolean(), eols: fc.oneof(eol.map((one) => [one]), fc.array(eol, { minLength: 1, maxLength: 4 })), lines: fc.array(anyLine, { maxLength: 25 }), last: fc.boolean(),
}).map(({ bom, eols, lines, last }) => (bom ? '\ufeff' : '') + lines.map((text, index) => text + (index === lines.length - 1 && !last ? '' : eols[index % eols.length]!)).join(''));
