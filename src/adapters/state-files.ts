import { renameSync } from 'node:fs';
import * as z from 'zod/mini';
import { MAX_BYTES } from '../model/bounds.ts';
import { messageOf, NspawndError } from '../model/errors.ts';
import { assertMachineName } from '../model/name.ts';
import { quoted } from '../model/text.ts';
import {
  errorCode,
  isMissing,
  isUnusable,
  readIfThere,
  removeFile,
  removeTemporaries,
  type WriteOptions,
  writeAtomically,
} from './files.ts';
import { NameList } from './name-list.ts';

/** One kind of state: a directory with a JSON file for each name. */
export interface StateKind<State> {
  readonly directory: string;
  /** The number of the format that is written. Files with a higher one are a newer nspawnd's. */
  readonly version: number;
  /** What the file of `name` means; throws for what can't be meant. */
  read(name: string, file: object): State;
  readonly write: Omit<WriteOptions, 'mode'>;
  /** What it means that a file is damaged, as a clause. */
  readonly loss: string;
}

/**
 * What is remembered of containers. The daemon is the only writer: it reads a file once and keeps what it says.
 *
 * No file keeps more than its own container from being looked after. One that can't be what we wrote is set aside, with a
 * warning, for people to look at. One that a newer nspawnd wrote is neither followed nor touched: nothing is done about
 * its container, since what would be done may be what a hold is there to prevent.
 */
export class StateFiles<State extends object> {
  readonly #kind: StateKind<State>;
  readonly #known = new Map<string, State>();
  readonly #names: NameList;
  readonly #warn: (message: string) => void;

  constructor(kind: StateKind<State>, warn: (message: string) => void) {
    this.#kind = kind;
    this.#names = new NameList(kind.directory, '.json', warn);
    this.#warn = warn;
  }

  /** Removes what was being written when the power or we went. */
  tidy(): void {
    const { directory } = this.#kind;
    try {
      removeTemporaries(directory);
    } catch (error) {
      if (!isMissing(error)) this.#warn(`cannot tidy up ${directory}: ${messageOf(error)}`);
    }
  }

  /** Throws for state of a newer nspawnd. */
  get(name: string): State {
    let state = this.#known.get(name);
    if (state === undefined) {
      state = this.#read(name);
      this.#known.set(name, state);
    }
    return state;
  }

  set(name: string, state: State): void {
    // What is there may be a newer nspawnd's.
    this.get(name);
    const { version, write } = this.#kind;
    const text = `${JSON.stringify({ version, ...state }, null, write.durable ? 2 : 0)}\n`;
    writeAtomically(this.#pathOf(name), text, { ...write, mode: 0o600 });
    this.#known.set(name, state);
  }

  delete(name: string): void {
    this.get(name);
    removeFile(this.#pathOf(name));
    this.#known.delete(name);
  }

  /** Every name that something is remembered of. */
  names(): string[] {
    return this.#names.read();
  }

  #read(name: string): State {
    const path = this.#pathOf(name);
    let why: string;
    try {
      const text = readIfThere(path, { max: MAX_BYTES.state, strict: true });
      if (text === undefined) return {} as State;
      return this.#understand(name, path, text);
    } catch (error) {
      if (error instanceof Damaged) why = error.message;
      else if (isUnusable(error)) why = messageOf((error as Error).cause);
      else throw error;
    }
    this.#warn(`${path} is damaged, and kept as ${setAside(path)}; ${this.#kind.loss}: ${why}`);
    return {} as State;
  }

  #understand(name: string, path: string, text: string): State {
    const file = parse(text);
    const { version } = this.#kind;
    if (isNewer(file, version)) {
      const which = `version ${file.version}, this one knows ${version}`;
      const remedy = 'upgrade nspawnd, or move the file away';
      throw new NspawndError('Failed', `${path} was written by a newer nspawnd (${which}); ${remedy}`);
    }
    if (!('version' in file) || file.version !== version) throw new Damaged(`it has no version ${version}`);
    try {
      return this.#kind.read(name, file);
    } catch (error) {
      throw new Damaged(complaintOf(error));
    }
  }

  #pathOf(name: string): string {
    assertMachineName(name);
    return `${this.#kind.directory}/${name}.json`;
  }
}

/** A file that can't be what we wrote. */
class Damaged extends Error {}

/** What is wrong is not quoted from the file: it may be a link to something that is nobody's business. */
function parse(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Damaged('it is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Damaged('it is no object');
  return value;
}

function isNewer(file: object, version: number): file is { version: number } {
  return 'version' in file && Number.isSafeInteger(file.version) && Number(file.version) > version;
}

/** The first of what may be very many. */
function complaintOf(error: unknown): string {
  if (!(error instanceof z.core.$ZodError)) return messageOf(error);
  const issue = error.issues[0];
  const where = quoted((issue?.path ?? []).map(String).join('.'));
  return `${where} is ${issue?.code === 'custom' ? issue.message : 'not what it should be'}`;
}

/** Where it is now. What was set aside before gives way, unless it is of another kind (a directory). */
function setAside(path: string): string {
  const aside = `${path}.damaged`;
  try {
    renameSync(path, aside);
    return aside;
  } catch (error) {
    if (!['EISDIR', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) throw error;
    const other = `${aside}-${Date.now()}`;
    renameSync(path, other);
    return other;
  }
}
