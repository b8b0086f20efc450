import { lstatSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { shadowOf, templateOf, unitFilesOf } from '../model/paths.ts';
import type { FileOnDisk } from '../plan/situation.ts';
import { type RenderedFile, readHeader } from '../render/render.ts';
import { errorCode, isMissing, readIfThere, removeFile, writeAtomically } from './files.ts';

/** A container's unit files and template root as they are on disk. */
export interface UnitFilesOnDisk {
  readonly files: FileOnDisk[];
  /** Which path is somebody else's, as a sentence; '' when none is. */
  readonly conflict: string;
  readonly hasTemplate: boolean;
}

export function readUnitFiles(name: string): UnitFilesOnDisk {
  const files = unitFilesOf(name).map(file => ({ ...file, content: readIfThere(file.path) }));
  const template = readTemplate(name);
  return {
    files,
    conflict: foreignFile(files) ?? shadowingFile(files) ?? foreignTemplate(name, template) ?? '',
    hasTemplate: template === 'ready',
  };
}

export function writeUnitFile(file: RenderedFile): void {
  // networkd runs as a user of its own and silently falls back to its defaults on files it cannot read.
  writeAtomically(file.path, file.content, 0o644);
}

/** Removes every unit file of a name that is ours; true for each kind that was there. */
export function removeUnitFiles(name: string): { network: boolean; dropIn: boolean } {
  const removed = { network: false, dropIn: false };
  for (const { kind, path } of unitFilesOf(name)) {
    const content = readIfThere(path);
    if (content === undefined || !readHeader(content).ours) continue;
    removeFile(path);
    if (kind === 'network') removed.network = true;
    if (kind === 'drop-in') {
      removed.dropIn = true;
      removeEmptyDirectory(dirname(path));
    }
  }
  return removed;
}

/**
 * Makes the empty root that an ephemeral machine is a copy of. Upstream's systemd-nspawn refuses a root
 * without `/usr`, so there is an empty one.
 */
export function makeTemplate(name: string): void {
  const path = `${templateOf(name)}/usr`;
  try {
    mkdirSync(path, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw new Error(`cannot make the template root ${path}`, { cause: error });
  }
}

/** Removes the template root if it is as empty as we made it. */
export function removeTemplate(name: string): void {
  if (readTemplate(name) !== 'ready') return;
  removeEmptyDirectory(`${templateOf(name)}/usr`);
  removeEmptyDirectory(templateOf(name));
}

function foreignFile(files: readonly FileOnDisk[]): string | undefined {
  const foreign = files.find(({ content }) => content !== undefined && !readHeader(content).ours);
  return foreign && `${foreign.path} exists and was not rendered by nspawnd; move it away`;
}

function shadowingFile(files: readonly FileOnDisk[]): string | undefined {
  const path = files.map(file => shadowOf(file.path)).find(exists);
  return path && `${path} exists and would win over what nspawnd renders; move it away`;
}

function foreignTemplate(name: string, template: ReturnType<typeof readTemplate>): string | undefined {
  if (template !== 'foreign') return undefined;
  return `${templateOf(name)} is not empty: there is a machine of that name that nspawnd did not make`;
}

function readTemplate(name: string): 'absent' | 'ready' | 'foreign' {
  const entries = entriesOf(templateOf(name));
  if (entries === undefined || entries.length === 0) return 'absent';
  const onlyUsr = entries.length === 1 && entries[0] === 'usr';
  return onlyUsr && entriesOf(`${templateOf(name)}/usr`)?.length === 0 ? 'ready' : 'foreign';
}

function entriesOf(path: string): string[] | undefined {
  try {
    return readdirSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new Error(`cannot list ${path}`, { cause: error });
  }
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function removeEmptyDirectory(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    // Somebody put something of theirs in it, or it is gone already: both leave nothing to do.
    if (isMissing(error) || errorCode(error) === 'ENOTEMPTY') return;
    throw new Error(`cannot remove the directory ${path}`, { cause: error });
  }
}
