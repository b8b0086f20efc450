import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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

/** Replaces a file as a whole: a reader sees the old text or the new, also when we are killed in between. */
export function writeAtomically(path: string, content: string, mode = 0o644): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    writeFileSync(temporary(path), content, { mode });
    renameSync(temporary(path), path);
  } catch (error) {
    throw new Error(`cannot write ${path}`, { cause: error });
  }
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

/** A hidden name, with an ending that neither systemd nor networkd reads, the same each time. */
function temporary(path: string): string {
  return `${dirname(path)}/.${basename(path)}.nspawnd~`;
}
