import { lstatSync, readdirSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { FSWatcher } from 'chokidar';
import { DeclarationError, parseDeclaration } from '../model/declaration.ts';
import { messageOf } from '../model/errors.ts';
import { isMachineName } from '../model/name.ts';
import { DECLARATIONS } from '../model/paths.ts';
import { quoted } from '../model/text.ts';
import type { Declared } from '../plan/situation.ts';
import type { FileCache } from './file-cache.ts';
import { isMissing } from './files.ts';
import { isRooted } from './gc-roots.ts';

interface Parsed {
  readonly text: string;
  readonly declared: Declared;
}

/**
 * Reads declarations; a text that was parsed once isn't parsed again.
 *
 * A file that goes takes its declaration with it. The directory as a whole takes nothing: it may be on its way back
 * (it is being replaced, or not mounted yet), and all machines are too much to stop by mistake. While it is away,
 * what it last held is in force, until `acceptAbsence()`.
 */
export class Declarations {
  readonly #files: FileCache;
  readonly #parsed = new Map<string, Parsed>();
  #isGone = false;
  #generation = 0;

  constructor(files: FileCache) {
    this.#files = files;
  }

  /** Another number whenever a declaration was found to differ from when it was read last. */
  get generation(): number {
    return this.#generation;
  }

  /** The names that have a file, valid or not; while the directory is away, those that had one. */
  names(): string[] {
    try {
      return readdirSync(DECLARATIONS).flatMap(file => nameOf(file) ?? []);
    } catch (error) {
      if (isMissing(error)) return [...this.#parsed.keys()];
      throw new Error(`cannot list ${DECLARATIONS}`, { cause: error });
    }
  }

  read(name: string): Declared {
    const file = fileOf(name);
    let text: string | undefined;
    try {
      text = this.#files.text(name, file);
      if (text === undefined) {
        if (this.#isAway()) return this.#lastKnown(name);
        // The directory may have come back since.
        text = this.#files.text(name, file);
      }
      if (text === undefined) return this.#withoutText(name, file);
    } catch (error) {
      return { kind: 'invalid', reason: messageOf(error) };
    }
    const known = this.#parsed.get(name);
    if (known?.text === text) return known.declared;
    const declared = parse(name, file, text);
    this.#parsed.set(name, { text, declared });
    this.#generation++;
    return declared;
  }

  /** If the directory is away it is gone for good, and all declarations with it; false when it is there. */
  acceptAbsence(): boolean {
    if (!this.#isAway()) return false;
    this.#isGone = true;
    this.#parsed.clear();
    this.#generation++;
    return true;
  }

  #isAway(): boolean {
    const isThere = statSync(DECLARATIONS, { throwIfNoEntry: false })?.isDirectory() === true;
    if (isThere) this.#isGone = false;
    return !isThere && !this.#isGone;
  }

  /** A daemon that was started without the directory knows by its GC roots what was declared, but not how. */
  #lastKnown(name: string): Declared {
    const known = this.#parsed.get(name);
    if (known !== undefined) return known.declared;
    if (!isRooted(name)) return { kind: 'absent' };
    const reason = `cannot tell whether it is still declared: ${DECLARATIONS} does not exist`;
    return { kind: 'invalid', reason: `${reason} (nspawnctl reload, if it is gone for good)` };
  }

  /** A link to nothing is still somebody's will that there be a declaration. */
  #withoutText(name: string, file: string): Declared {
    if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink())
      return { kind: 'invalid', reason: `${file} is a link to something that does not exist` };
    if (this.#parsed.delete(name)) this.#generation++;
    return { kind: 'absent' };
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
  const opened = open();
  return {
    ready: opened.then(({ ready }) => ready),
    close: async () => (await opened).watcher.close(),
  };

  async function open(): Promise<{ watcher: FSWatcher; ready: Promise<void> }> {
    // Loaded when the daemon is up already: with what it loads of Node's it is a tenth of the start.
    const { watch } = await import('chokidar');
    const watcher = watch(DECLARATIONS, {
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
    return { watcher, ready: new Promise(resolve => watcher.once('ready', resolve)) };
  }
}

export function fileOf(name: string): string {
  return `${DECLARATIONS}/${name}.json`;
}

function nameOf(file: string): string | undefined {
  return file.endsWith('.json') && !file.startsWith('.') ? file.slice(0, -'.json'.length) : undefined;
}

/** Whatever goes wrong with a text stays with it, also what nobody thought of. */
function parse(name: string, file: string, text: string): Declared {
  if (!isMachineName(name)) {
    return { kind: 'invalid', reason: `${file}: ${quoted(name)} is not a valid machine name` };
  }
  try {
    return { kind: 'valid', declaration: parseDeclaration(text) };
  } catch (error) {
    const why = error instanceof DeclarationError ? '' : 'cannot make sense of it: ';
    return { kind: 'invalid', reason: `${file}: ${why}${messageOf(error)}` };
  }
}
