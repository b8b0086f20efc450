import { basename } from 'node:path';
import { type Declaration, DeclarationError, formatProblem, parseDeclaration } from '../model/declaration.ts';
import { isMachineName } from '../model/name.ts';
import { type HostFacts, render } from './render.ts';

/**
 * Everything that is wrong with a declaration, one line each: `FILE: activation.timeout: cannot read "90 parsecs" as
 * a time span`. The file's name is the container's.
 */
export function checkDeclaration(file: string, text: string): string[] {
  return [...nameProblems(file), ...textProblems(text)].map(problem => `${file}: ${problem}`);
}

/** All units of a declaration for people, a line `# PATH` before each. */
export function renderText(name: string, declaration: Declaration, system: string, facts: HostFacts): string {
  return render(name, declaration, system, facts)
    .files.map(({ path, content }) => `# ${path}\n${content}`)
    .join('\n');
}

function nameProblems(file: string): string[] {
  const name = basename(file, '.json');
  return isMachineName(name) ? [] : [`${JSON.stringify(name)} is not a machine name`];
}

function textProblems(text: string): string[] {
  try {
    parseDeclaration(text);
    return [];
  } catch (error) {
    if (error instanceof DeclarationError) return error.problems.map(formatProblem);
    throw error;
  }
}
