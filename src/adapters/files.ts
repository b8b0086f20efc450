import { isUtf8 } from 'node:buffer';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { describeBytes } from '../model/bounds.ts';

export interface ReadOptions {
  /** Bytes; a file with more is not read. */
  readonly max: number;
  /** Whether a file that is not UTF-8 is refused; else what can't be decoded reads as U+FFFD. */
  readonly strict?: boolean;
}

/** Something is at a path, and is not a file that could be read: a FIFO, a directory, too large. Others can be read. */
export class UnusableFile extends Error {
  override name = 'UnusableFile';
}

/** Text as it was when the file was as `stats` say. */
export interface FileText {
  readonly text: string;
  readonly stats: Stats;
}

/** The file's text, or undefined when there is none; other failures are thrown, with an UnusableFile as cause or not. */
export function readIfThere(path: string, options: ReadOptions): string | undefined {
  try {
    return readText(path, options).text;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new Error(`cannot read ${path}`, { cause: error });
  }
}

/**
 * The file's text. Whatever is at the path, this returns at once: only a regular file is opened (to open a device may
 * already do something), what takes its place meanwhile is opened without waiting for a writer, and not more than
 * `max` bytes are read, whatever its size is said to be. `found`: what a look at the path has just told. Throws an UnusableFile, or the system's error as it is.
 */
export function readText(path: string, options: ReadOptions, found = lookAt(path)): FileText {
  // What is missing is left for open() to say.
  if (found !== undefined) assertRegular(found);
  // Node sets O_CLOEXEC on all that it opens.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const stats = fstatSync(descriptor);
    assertRegular(stats);
    return { text: decode(readBounded(descriptor, stats.size, options.max), options), stats };
  } finally {
    closeSync(descriptor);
  }
}

/** What was read, as text; it is what `readText` would say of such a file. */
export function decode(content: Buffer, { max, strict = false }: ReadOptions): string {
  if (content.length > max) throw tooLarge(max);
  if (strict && !isUtf8(content)) throw new UnusableFile('it is not valid UTF-8');
  return content.toString('utf8');
}

/** What is at a path, links followed; undefined when nothing is. */
export function lookAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (errorCode(error) === 'ELOOP') throw new UnusableFile('it is a link that leads nowhere but to links');
    throw error;
  }
}

/** Whether reading failed for what is at the path, and not for a lack of memory, rights or a working disk. */
export function isUnusable(error: unknown): boolean {
  return error instanceof UnusableFile || (error instanceof Error && isUnusable(error.cause));
}

/** Files of the kernel say that they have no bytes, and a sparse file may have more than there is memory for. */
function readBounded(descriptor: number, size: number, max: number): Buffer {
  if (size > max) throw tooLarge(max);
  let buffer = Buffer.allocUnsafe(Math.min(size || FIRST_READ, max) + 1);
  let length = 0;
  for (;;) {
    const read = readSync(descriptor, buffer, length, buffer.length - length, null);
    length += read;
    if (length > max) throw tooLarge(max);
    if (read === 0) return buffer.subarray(0, length);
    if (length < buffer.length) continue;
    const larger = Buffer.allocUnsafe(Math.min(buffer.length * 2, max + 1));
    buffer.copy(larger, 0, 0, length);
    buffer = larger;
  }
}

const FIRST_READ = 4096;

function tooLarge(max: number): UnusableFile {
  return new UnusableFile(`it is larger than ${describeBytes(max)}`);
}

function assertRegular(stats: Stats): void {
  if (!stats.isFile()) throw new UnusableFile(`it is not a regular file (${kindOf(stats)})`);
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a FIFO';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}

export interface WriteOptions {
  readonly mode?: number;
  /** What is written outlasts a loss of power from now on: for the price of some milliseconds. */
  readonly durable?: boolean;
}

/** Replaces a file as a whole: a reader sees the old text or the new, also when we are killed in between. */
export function writeAtomically(
  path: string,
  content: string,
  { mode = 0o644, durable = false }: WriteOptions = {},
): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    // Its content before its name: else a file system may keep the name of what it has not written, an empty file.
    writeFileSync(temporary(path), content, { mode, flush: durable });
    renameSync(temporary(path), path);
    if (durable) syncDirectory(dirname(path));
  } catch (error) {
    throw new Error(`cannot write ${path}`, { cause: error });
  }
}

/** Has what was made, renamed or removed in a directory outlast a loss of power. */
export function syncDirectory(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Removes what a `writeAtomically` that was cut short left in a directory. */
export function removeTemporaries(directory: string): void {
  for (const entry of readdirSync(directory))
    if (TEMPORARY.test(entry)) rmSync(`${directory}/${entry}`, { force: true });
}

/** Removes a file, and what a killed `writeAtomically` left beside it; nothing to remove is no error. */
export function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
    rmSync(temporary(path), { force: true });
  } catch (error) {
    throw new Error(`cannot remove ${path}`, { cause: error });
  }
}

export function isMissing(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

const TEMPORARY = /^\..+\.nspawnd~$/;

/** A hidden name, with an ending that neither systemd nor networkd reads, the same each time. */
function temporary(path: string): string {
  return `${dirname(path)}/.${basename(path)}.nspawnd~`;
}
