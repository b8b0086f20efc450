import { existsSync, readFileSync, writeSync } from 'node:fs';

/** What a process that runs cases is told. */
export interface Assignment {
  readonly target: string;
  readonly seed: number;
  /** The first case, and the one before which it ends. */
  readonly from: number;
  readonly to: number;
  readonly seconds: number;
  readonly workspace: string;
  /** Files of `regressions/`, whose inputs are run instead; the case is the place in the list. */
  readonly replay?: readonly string[] | undefined;
}

/** A case that failed. */
export interface Failed {
  readonly at: number;
  readonly why: string;
}

/** What it tells, in the end with the first case that was not run. */
export type Report = Failed | { readonly next: number };

/** Which case is under way, in a file: also told by a process that hangs or is gone. */
export function writePosition(file: number, at: number): void {
  position.writeDoubleLE(at);
  writeSync(file, position, 0, position.length, 0);
}

/** Undefined: it is not written yet. */
export function readPosition(path: string): number | undefined {
  const bytes = existsSync(path) ? readFileSync(path) : position.subarray(0, 0);
  return bytes.length === position.length ? bytes.readDoubleLE() : undefined;
}

const position = Buffer.alloc(8);
