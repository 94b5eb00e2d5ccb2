import type { Problem } from '../problem.ts';

/** What merges, editors and disks leave in files. Spans are offsets into the file's text. */
export function findDamage(text: string): readonly Problem[] {
  const problems: Problem[] = [];
  if (text.includes('<<<<<<<') && text.includes('>>>>>>>')) {
    const conflicts = /^<{7}(?: [^\r\n]*)?$(?:[\s\S]*?)^>{7}(?: [^\r\n]*)?$/gm;
    for (let match = conflicts.exec(text); match !== null && problems.length < 100; match = conflicts.exec(text)) {
      problems.push({
        code: 'merge-conflict', severity: 'error', span: { start: match.index, end: conflicts.lastIndex },
        message: 'A merge has left a conflict here: keep one of the two versions, and take the marker lines out.',
      });
    }
  }
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    problems.push({ code: 'nul', severity: 'warning', message: 'The file holds NUL characters, as after a crash of a disk. They are kept.', span: { start: nul, end: nul + 1 } });
  }
  return problems;
}
