import { removeFile } from '../adapters/files.ts';
import { dropRoot, dropRoots, setRoot } from '../adapters/gc-roots.ts';
import type { Records } from '../adapters/records.ts';
import { makeTemplate, removeTemplate, removeUnitFiles, writeUnitFile } from '../adapters/unit-files.ts';
import type { Action } from '../plan/actions.ts';
import type { UnitState } from '../plan/situation.ts';

/** What a batch of file changes asks of the host's services, once for all. */
export interface Reloads {
  units: boolean;
  network: boolean;
}

/**
 * Does the part of a plan that comes before reloading: everything on disk but the `.nspawn` file. Synchronous,
 * so that nothing of ours comes in between; throws at the first failure, after which the rest isn't done.
 */
export function applyFiles(
  name: string,
  actions: readonly Action[],
  unit: UnitState | undefined,
  records: Records,
  reloads: Reloads,
): void {
  for (const action of actions) {
    switch (action.kind) {
      case 'remember':
        records.set(name, { started: { invocation: action.invocation, ...action.start } });
        break;
      case 'record-stop':
        records.set(name, { ...records.get(name), stopped: action.reason });
        break;
      case 'root':
        setRoot(name, action.root, action.system);
        break;
      case 'unroot':
        dropRoot(name, action.root);
        break;
      case 'make-template':
        makeTemplate(name);
        break;
      case 'write':
        if (action.file.kind === 'nspawn') break;
        writeUnitFile(action.file);
        if (action.file.kind === 'network') reloads.network = true;
        break;
      case 'reload-units':
        reloads.units = true;
        break;
      case 'remove':
        removeFile(action.file.path);
        if (action.file.kind === 'network') reloads.network = true;
        break;
      case 'clean-up':
        cleanUp(name, unit, records, reloads);
        break;
      case 'stop':
        if (action.forget) records.delete(name);
        break;
      case 'start':
      case 'restart':
        break;
      default:
        action satisfies never;
    }
  }
}

/** Writes the commit record: the `.nspawn` file, after everything else is in force. */
export function applyCommit(actions: readonly Action[]): void {
  for (const action of actions) {
    if (action.kind === 'write' && action.file.kind === 'nspawn') writeUnitFile(action.file);
  }
}

/** The GC roots go last: they are what a daemon that comes back finds an unfinished clean-up by. */
function cleanUp(name: string, unit: UnitState | undefined, records: Records, reloads: Reloads): void {
  const removed = removeUnitFiles(name);
  if (removed.network) reloads.network = true;
  if (removed.dropIn && unit !== undefined) reloads.units = true;
  removeTemplate(name);
  records.delete(name);
  dropRoots(name);
}
