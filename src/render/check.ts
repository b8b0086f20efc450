import { basename } from 'node:path';
import { DeclarationError, formatProblems, parseDeclaration } from '../model/declaration.ts';
import { isMachineName } from '../model/name.ts';
import { quoted } from '../model/text.ts';

/**
 * Everything that is wrong with a declaration, one line each: `FILE: activation.timeout: cannot read "90 parsecs" as
 * a time span`. The file's name is the container's.
 */
export function checkDeclaration(file: string, text: string): string[] {
  return [...nameProblems(file), ...textProblems(text)].map(problem => `${file}: ${problem}`);
}

function nameProblems(file: string): string[] {
  const name = basename(file, '.json');
  return isMachineName(name) ? [] : [`${quoted(name)} is not a machine name`];
}

function textProblems(text: string): string[] {
  try {
    parseDeclaration(text);
    return [];
  } catch (error) {
    if (error instanceof DeclarationError) return formatProblems(error);
    throw error;
  }
}
