import { parseData } from '../values/data.ts';
import type { DataCell } from './program.ts';
import type { Host } from './host.ts';
import type { RunError } from '../trace/event.ts';
import type { Value } from '../prompt/message.ts';

/** The value of a data cell: what stands in it, which is trusted, or what its file holds, which is not. */
export async function dataValue(cell: DataCell, host: Host): Promise<{ readonly value: Value } | { readonly error: RunError }> {
  const { file, name } = cell;
  if (file === null) return { value: { data: cell.value, source: { kind: 'cell', name: name ?? '' }, taint: [] } };
  const failed = (message: string, hint: string): { error: RunError } => ({ error: { code: 'file', message, hint } });
  let bytes: Uint8Array;
  try {
    bytes = await host.readFile(file);
  } catch (error) {
    return failed(`The file ${file}${name === null ? '' : ` of \`${name}\``} cannot be read: ${error instanceof Error ? error.message : String(error)}`, 'Paths count from the notebook’s folder, and stay inside the workspace.');
  }
  const source = { kind: 'file', path: file } as const;
  const image = imageType(bytes);
  if (image !== null && cell.language !== 'text') return failed(`The file ${file} is an image, and not ${cell.language.toUpperCase()}.`, 'For `{{media}}` name it in a `text` cell.');
  if (image !== null) return { value: { data: `data:${image};base64,${toBase64(bytes)}`, source, taint: [source] } };
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return failed(`The file ${file} is neither UTF-8 text nor an image.`, 'Save it as UTF-8. Images may be PNG, JPEG, GIF or WebP.');
  }
  const { value, problems } = parseData(cell.language, text.replace(/\r\n?/g, '\n'));
  const wrong = problems.find((problem) => problem.severity === 'error');
  if (wrong !== undefined) return failed(`The file ${file} is not ${cell.language.toUpperCase()}: ${wrong.message}`, 'Repair the file, or read it as `text`.');
  return { value: { data: value, source, taint: [source] } };
}

/** By the first bytes, since a file's name may lie. */
function imageType(bytes: Uint8Array): string | null {
  const begins = (...wanted: number[]): boolean => wanted.every((byte, index) => bytes[index] === byte);
  if (begins(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a)) return 'image/png';
  if (begins(0xff, 0xd8, 0xff)) return 'image/jpeg';
  if (begins(0x47, 0x49, 0x46, 0x38)) return 'image/gif';
  if (begins(0x52, 0x49, 0x46, 0x46) && String.fromCharCode(...bytes.subarray(8, 12)) === 'WEBP') return 'image/webp';
  return null;
}

function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary);
}
