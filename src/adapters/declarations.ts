import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { DeclarationError, formatProblem, parseDeclaration } from '../model/declaration.ts';
import { messageOf } from '../model/errors.ts';
import { isMachineName } from '../model/name.ts';
import { DECLARATIONS } from '../model/paths.ts';
import type { Declared } from '../plan/situation.ts';
import { isMissing, readIfThere } from './files.ts';

interface Parsed {
  readonly text: string;
  readonly declared: Declared;
}

/** Reads declarations; a text that was parsed once isn't parsed again. */
export class Declarations {
  readonly #parsed = new Map<string, Parsed>();

  /** The names that have a file, valid or not. */
  names(): string[] {
    try {
      return readdirSync(DECLARATIONS).flatMap(file => nameOf(file) ?? []);
    } catch (error) {
      if (isMissing(error)) return [];
      throw new Error(`cannot list ${DECLARATIONS}`, { cause: error });
    }
  }

  read(name: string): Declared {
    const file = fileOf(name);
    let text: string | undefined;
    try {
      text = readIfThere(file);
    } catch (error) {
      return { kind: 'invalid', reason: messageOf(error) };
    }
    if (text === undefined) {
      this.#parsed.delete(name);
      return { kind: 'absent' };
    }
    const known = this.#parsed.get(name);
    if (known?.text === text) return known.declared;
    const declared = parse(name, file, text);
    this.#parsed.set(name, { text, declared });
    return declared;
  }
}

/**
 * Tells the name of each declaration that appears, changes or goes. Files are few, so chokidar's debouncing is
 * welcome. Links aren't followed: NixOS swaps a link high above them, and `reload` re-reads all.
 */
export function watchDeclarations(
  changed: (name: string) => void,
  counted: () => void,
  failed: (error: unknown) => void,
): { ready: Promise<void>; close(): Promise<void> } {
  const watcher: FSWatcher = watch(DECLARATIONS, {
    depth: 0,
    followSymlinks: false,
    ignoreInitial: true,
    atomic: 20,
  });
  watcher.on('raw', counted);
  watcher.on('error', failed);
  watcher.on('all', (_event, path) => {
    const name = nameOf(basename(path));
    if (name !== undefined) changed(name);
  });
  return {
    ready: new Promise(resolve => {
      watcher.once('ready', resolve);
    }),
    close: () => watcher.close(),
  };
}

export function fileOf(name: string): string {
  return `${DECLARATIONS}/${name}.json`;
}

function nameOf(file: string): string | undefined {
  return file.endsWith('.json') && !file.startsWith('.') ? file.slice(0, -'.json'.length) : undefined;
}

function parse(name: string, file: string, text: string): Declared {
  if (!isMachineName(name)) {
    return { kind: 'invalid', reason: `${file}: "${name}" is not a valid machine name` };
  }
  try {
    return { kind: 'valid', declaration: parseDeclaration(text) };
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
    const problems = error.problems.map(formatProblem);
    return { kind: 'invalid', reason: `${file}: ${problems.join('; ')}` };
  }
}
