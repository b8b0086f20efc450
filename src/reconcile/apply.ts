import { dropControlFiles } from '../adapters/control-files.ts';
import { removeFile } from '../adapters/files.ts';
import { dropRoot, dropRoots, setRoot, syncRoots } from '../adapters/gc-roots.ts';
import type { Lastings } from '../adapters/lastings.ts';
import type { Records } from '../adapters/records.ts';
import { makeTemplate, removeTemplate, removeUnitFiles, writeUnitFile } from '../adapters/unit-files.ts';
import type { Action } from '../plan/actions.ts';
import { lastingAfter, recordAfter } from '../plan/effects.ts';
import { isTaken } from '../plan/roots.ts';
import type { UnitState } from '../plan/situation.ts';
import type { Reloads } from './reloads.ts';
import { passed } from './steps.ts';

/** What is remembered of each container, in this boot and beyond. */
export interface Memory {
  readonly records: Records;
  readonly lastings: Lastings;
}

/** Takes the roots with which a plan begins; their systems. */
export function applyRoots(name: string, actions: readonly Action[]): string[] {
  const taken = actions.filter(isTaken);
  for (const { root, system } of taken) setRoot(name, root, system);
  if (taken.length > 0) passed('root');
  return taken.map(({ system }) => system);
}

/**
 * Does the part of a plan that comes before reloading: everything on disk but the `.nspawn` file. Synchronous,
 * so that nothing of ours comes in between; throws at the first failure, after which the rest isn't done.
 */
export function applyFiles(
  name: string,
  actions: readonly Action[],
  unit: UnitState | undefined,
  { records, lastings }: Memory,
  reloads: Reloads,
): void {
  for (const action of actions) {
    switch (action.kind) {
      case 'remember':
      case 'record-stop':
      case 'forget-verdict':
        records.set(name, recordAfter(records.get(name), action));
        break;
      case 'keep-good':
      case 'hold':
        // What is put down as good, or held, has a root that outlasts a loss of power.
        syncRoots(name);
        lastings.set(name, lastingAfter(lastings.get(name), action));
        break;
      case 'quarantine':
      case 'unquarantine':
      case 'unhold':
        lastings.set(name, lastingAfter(lastings.get(name), action));
        break;
      case 'root':
        if (isTaken(action)) continue;
        setRoot(name, action.root, action.system);
        break;
      case 'make-template':
        makeTemplate(name);
        break;
      case 'write':
        if (action.file.kind === 'nspawn') continue;
        writeUnitFile(action.file);
        if (action.file.kind === 'network') reloads.network = true;
        // What was set live at an earlier change would win over the file at the next start.
        if (action.file.kind === 'drop-in' && unit?.active !== 'active') dropControlFiles(name);
        break;
      case 'reload-units':
        dropControlFiles(name);
        reloads.units = true;
        continue;
      case 'remove':
        removeFile(action.file.path);
        if (action.file.kind === 'network') reloads.network = true;
        break;
      case 'clean-up':
        cleanUp(name, unit, { records, lastings }, reloads);
        continue;
      case 'stop':
      case 'start':
      case 'restart':
      case 'switch':
      case 'check':
      case 'set-limits':
      case 'reset-failed':
      case 'unroot':
        continue;
      default:
        action satisfies never;
    }
    passed(action.kind);
  }
}

/** Writes the commit record, the `.nspawn` file, after everything else is in force; and then gives up roots. */
export function applyCommit(name: string, actions: readonly Action[]): void {
  for (const action of actions) {
    if (action.kind === 'write' && action.file.kind === 'nspawn') {
      writeUnitFile(action.file);
      passed('commit');
    }
    if (action.kind === 'unroot') {
      dropRoot(name, action.root);
      passed('unroot');
    }
  }
}

/** The GC roots go last: they are what a daemon that comes back finds an unfinished clean-up by. */
function cleanUp(
  name: string,
  unit: UnitState | undefined,
  { records, lastings }: Memory,
  reloads: Reloads,
): void {
  const removed = removeUnitFiles(name);
  if (removed.network) reloads.network = true;
  const dropped = dropControlFiles(name);
  if ((removed.dropIn || dropped.length > 0) && unit !== undefined) reloads.units = true;
  removeTemplate(name);
  passed('clean-up-files');
  records.delete(name);
  lastings.delete(name);
  passed('clean-up-memory');
  dropRoots(name);
}
