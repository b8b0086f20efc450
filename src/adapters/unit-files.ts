import { lstatSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { MAX_BYTES } from '../model/bounds.ts';
import { pathOf, shadowOf, templateOf, unitFilesOf } from '../model/paths.ts';
import type { FileOnDisk } from '../plan/situation.ts';
import { isOurs, type RenderedFile } from '../render/render.ts';
import type { FileCache } from './file-cache.ts';
import { errorCode, isMissing, isUnusable, readIfThere, removeFile, writeAtomically } from './files.ts';
import type { Pass } from './pass.ts';

const UNIT = { max: MAX_BYTES.units };

/** A container's unit files and template root as they are on disk. */
export interface UnitFilesOnDisk {
  readonly files: FileOnDisk[];
  /** Which path is somebody else's, as a sentence; '' when none is. */
  readonly conflict: string;
  readonly hasTemplate: boolean;
}

export function readUnitFiles(name: string, cache: FileCache, pass: Pass): UnitFilesOnDisk {
  const files = unitFilesOf(name).map(({ kind, path }) => ({
    kind,
    path,
    content: contentOf(() => cache.text(name, path, UNIT)),
  }));
  const template = templateIn(path => cache.read(name, path, () => readdirSync(path)), name);
  return {
    files,
    conflict:
      foreignFile(files) ?? shadowingFile(files, cache, pass) ?? foreignTemplate(name, template) ?? '',
    hasTemplate: template === 'ready',
  };
}

/** What a drop-in of ours says; undefined where there is none, or something else. */
export function readDropIn(name: string): string | undefined {
  const content = contentOf(() => readIfThere(pathOf('drop-in', name), UNIT));
  return content !== undefined && isOurs(content) ? content : undefined;
}

/** What can't be read as a file (a FIFO, a device, too large) is foreign, as a file without our first line is. */
function contentOf(read: () => string | undefined): string | undefined {
  try {
    return read();
  } catch (error) {
    if (isUnusable(error)) return '';
    throw error;
  }
}

export function writeUnitFile(file: RenderedFile): void {
  // networkd runs as a user of its own and silently falls back to its defaults on files it cannot read.
  writeAtomically(file.path, file.content);
}

/** Removes every unit file of a name that is ours; true for each kind that was there. */
export function removeUnitFiles(name: string): { network: boolean; dropIn: boolean } {
  const removed = { network: false, dropIn: false };
  for (const { kind, path } of unitFilesOf(name)) {
    const content = contentOf(() => readIfThere(path, UNIT));
    if (content === undefined || !isOurs(content)) continue;
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
  if (templateIn(entriesOf, name) !== 'ready') return;
  removeEmptyDirectory(`${templateOf(name)}/usr`);
  removeEmptyDirectory(templateOf(name));
}

/** Where an administrator's files would lie, or in a directory therein. */
const SHADOWS: Readonly<Record<FileOnDisk['kind'], string>> = {
  nspawn: '/etc/systemd/nspawn',
  network: '/etc/systemd/network',
  'drop-in': '/etc/systemd/system',
};

function foreignFile(files: readonly FileOnDisk[]): string | undefined {
  const foreign = files.find(({ content }) => content !== undefined && !isOurs(content));
  return foreign && `${foreign.path} exists and was not rendered by nspawnd; move it away`;
}

function shadowingFile(files: readonly FileOnDisk[], cache: FileCache, pass: Pass): string | undefined {
  const file = files.find(file => mayBeShadowed(file, cache, pass) && exists(shadowOf(file.path)));
  return file && `${shadowOf(file.path)} exists and would win over what nspawnd renders; move it away`;
}

/** By a look at what is in /etc/systemd, for all names at once. */
function mayBeShadowed({ kind, path }: FileOnDisk, cache: FileCache, pass: Pass): boolean {
  const directory = SHADOWS[kind];
  const list = () => cache.read(directory, directory, () => new Set(readdirSync(directory)));
  const entries = pass.once(`entries ${directory}`, list);
  const [entry = ''] = shadowOf(path)
    .slice(directory.length + 1)
    .split('/', 1);
  return entries?.has(entry) === true;
}

function foreignTemplate(name: string, template: ReturnType<typeof templateIn>): string | undefined {
  if (template !== 'foreign') return undefined;
  return `${templateOf(name)} is not empty: there is a machine of that name that nspawnd did not make`;
}

function templateIn(
  list: (path: string) => readonly string[] | undefined,
  name: string,
): 'absent' | 'ready' | 'foreign' {
  const entries = list(templateOf(name));
  if (entries === undefined || entries.length === 0) return 'absent';
  const onlyUsr = entries.length === 1 && entries[0] === 'usr';
  return onlyUsr && list(`${templateOf(name)}/usr`)?.length === 0 ? 'ready' : 'foreign';
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
