import { dropControlFiles } from '../adapters/control-files.ts';
import { removeFile } from '../adapters/files.ts';
import { dropRoot, dropRoots, setRoot, syncRoots } from '../adapters/gc-roots.ts';
import type { Lastings } from '../adapters/lastings.ts';
import type { Records } from '../adapters/records.ts';
import { makeTemplate, removeTemplate, removeUnitFiles, writeUnitFile } from '../adapters/unit-files.ts';
import type { Action } from '../plan/actions.ts';
import { withQuarantine } from '../plan/aim.ts';
import { withGood } from '../plan/prepare.ts';
import { isTaken } from '../plan/roots.ts';
import type { MachineRecord, UnitState } from '../plan/situation.ts';
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
        records.set(name, remembered(records.get(name), action));
        break;
      case 'record-stop':
        records.set(name, { ...records.get(name), stopped: action.reason });
        break;
      case 'forget-verdict': {
        const { verdict: _, ...record } = records.get(name);
        records.set(name, record);
        break;
      }
      case 'quarantine':
        lastings.set(name, withQuarantine(lastings.get(name), action.entry));
        break;
      case 'unquarantine': {
        const { quarantined: _, ...lasting } = lastings.get(name);
        lastings.set(name, lasting);
        break;
      }
      case 'keep-good':
        syncRoots(name);
        lastings.set(name, withGood(lastings.get(name), action.good));
        break;
      case 'hold':
        syncRoots(name);
        lastings.set(name, { ...lastings.get(name), hold: action.hold });
        break;
      case 'unhold': {
        const { hold: _, ...lasting } = lastings.get(name);
        lastings.set(name, lasting);
        break;
      }
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
        if (action.forget) records.delete(name);
        continue;
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

function remembered(
  before: MachineRecord,
  { invocation, start, up }: Extract<Action, { kind: 'remember' }>,
): MachineRecord {
  const started = { invocation, ...start };
  if (!up) return { ...before, started, failure: start };
  const kept = before.started?.invocation === invocation ? before : {};
  return {
    started,
    ...(before.updated && { updated: before.updated }),
    ...(kept.switch && { switch: kept.switch }),
    ...(kept.verdict && { verdict: kept.verdict }),
  };
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
