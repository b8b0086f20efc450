import { lstatSync, statSync } from 'node:fs';
import { MAX_BYTES } from '../model/bounds.ts';
import { DeclarationError, parseDeclaration } from '../model/declaration.ts';
import { messageOf } from '../model/errors.ts';
import { assertMachineName } from '../model/name.ts';
import { DECLARATIONS } from '../model/paths.ts';
import type { Declared } from '../plan/situation.ts';
import { type Listing, listDeclarations } from './declaration-files.ts';
import type { FileCache } from './file-cache.ts';
import { isRooted } from './gc-roots.ts';

interface Parsed {
  /** Undefined where there was something that could not be read. */
  readonly text: string | undefined;
  readonly declared: Declared;
}

/** No machine name: it owns what is remembered of the directory. */
const DIRECTORY = '@declarations';

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

  /** The names that have a file, valid or not; while the directory is away or can't be read, those that had one. */
  names(): readonly string[] {
    const { names } = this.#list();
    return names ?? [...this.#parsed.keys()];
  }

  /** What in the directory is refused for its name, and belongs to no container: a sentence each. */
  refused(): readonly string[] {
    return this.#list().refused;
  }

  read(name: string): Declared {
    const file = fileOf(name);
    let text: string | undefined;
    try {
      text = this.#text(name, file);
      if (text === undefined) {
        if (this.#isAway()) return this.#lastKnown(name);
        // The directory may have come back since.
        text = this.#text(name, file);
      }
      if (text === undefined) return this.#withoutText(name, file);
    } catch (error) {
      return this.#invalid(name, messageOf(error));
    }
    const known = this.#parsed.get(name);
    return known?.text === text ? known.declared : this.#keep(name, text, parse(file, text));
  }

  /** If the directory is away it is gone for good, and all declarations with it; false when it is there. */
  acceptAbsence(): boolean {
    if (!this.#isAway()) return false;
    this.#isGone = true;
    this.#parsed.clear();
    this.#generation++;
    return true;
  }

  #text(name: string, file: string): string | undefined {
    return this.#files.text(name, file, { max: MAX_BYTES.declaration, strict: true });
  }

  #list(): Partial<Listing> & Pick<Listing, 'refused'> {
    try {
      return this.#files.read(DIRECTORY, DECLARATIONS, () => listDeclarations()) ?? { refused: [] };
    } catch (error) {
      return { refused: [messageOf(error)] };
    }
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
      return this.#invalid(name, `${file} is a link to something that does not exist`);
    if (this.#parsed.delete(name)) this.#generation++;
    return { kind: 'absent' };
  }

  #invalid(name: string, reason: string): Declared {
    const known = this.#parsed.get(name)?.declared;
    if (known?.kind === 'invalid' && known.reason === reason) return known;
    return this.#keep(name, undefined, { kind: 'invalid', reason });
  }

  #keep(name: string, text: string | undefined, declared: Declared): Declared {
    this.#parsed.set(name, { text, declared });
    this.#generation++;
    return declared;
  }
}

export function fileOf(name: string): string {
  assertMachineName(name);
  return `${DECLARATIONS}/${name}.json`;
}

/** Anything else than a DeclarationError is a mistake of ours: it costs this container alone, and is told as it is. */
function parse(file: string, text: string): Declared {
  try {
    return { kind: 'valid', declaration: parseDeclaration(text) };
  } catch (error) {
    const why = error instanceof DeclarationError ? '' : 'cannot read it: ';
    return { kind: 'invalid', reason: `${file}: ${why}${messageOf(error)}` };
  }
}
