/** `text` as a YAML 1.2 scalar in quotes: double ones, or single ones where that needs no escapes. */
export function quoteYaml(text: string): string {
  const plain = !/["\\]/.test(text) && isPrintable(text);
  if (plain) return `"${text}"`;
  return isPrintable(text) ? `'${text.replaceAll("'", "''")}'` : JSON.stringify(text);
}

function isPrintable(text: string): boolean {
   
  return !/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/.test(text);
}
