import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';

/** The file's text, or undefined when there is none; other failures are thrown. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new Error(`cannot read ${path}`, { cause: error });
  }
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
