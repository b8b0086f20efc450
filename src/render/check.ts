import { basename } from 'node:path';
import { DeclarationError, formatProblems, parseDeclaration } from '../model/declaration.ts';
import { messageOf, NspawndError } from '../model/errors.ts';
import { isMachineName } from '../model/name.ts';
import { quoted } from '../model/text.ts';
import { type HostFacts, render } from './render.ts';

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

/** What it is rendered with here changes nothing about whether it can be. */
const SYSTEM = '/nix/store/00000000000000000000000000000000-system';
const FACTS: HostFacts = { machineId: '0'.repeat(32), systemdVersion: 262, cannotIdmap: new Set() };

function textProblems(text: string): string[] {
  try {
    render('check', parseDeclaration(text), SYSTEM, FACTS);
    return [];
  } catch (error) {
    if (error instanceof DeclarationError) return formatProblems(error);
    return [error instanceof NspawndError ? error.message : `cannot read it: ${messageOf(error)}`];
  }
}
