import { readHeader } from '../render/render.ts';
import { type Action, isJob, type RootKind } from './actions.ts';
import { header, isUp } from './observed.ts';
import type { Roots, Situation } from './situation.ts';

/*
 * Garbage may be collected at any time, and the profile be gone by then.
 *
 * Invariant: whenever a step of a plan is done, each of these has a root: what the machine runs, and was started from;
 * what the `.nspawn` file names, for whoever starts the unit starts that; what is to be returned to, or held.
 */

/** Roots for what may be needed, and those that no longer can be. */
export function rootActions({ roots, unit, lasting }: Situation, desired: string | undefined): Action[] {
  const actions: Action[] = [];
  const root = (kind: RootKind, system: string | undefined) => {
    if (system !== undefined && roots[kind] !== system) actions.push({ kind: 'root', root: kind, system });
    if (system === undefined && roots[kind] !== '') actions.push({ kind: 'unroot', root: kind });
  };
  if (desired !== undefined) root('desired', desired);
  root('last-good', lasting.lastGood?.system);
  root('held', lasting.hold?.system);
  if (!isUp(unit)) {
    root('running', undefined);
    root('booted', undefined);
  }
  return actions;
}

/**
 * Brings what is planned into the order in which it is done: roots are taken before anything that relies on them, and
 * given up when nothing does any more, which is after the commit.
 */
export function inOrder(planned: readonly Action[], situation: Situation): Action[] {
  // First, for the others may take the place of what it keeps.
  const actions = [...nextActions(planned, situation), ...planned];
  return [isTaken, isPlain, isGivenUp, isLast].flatMap(isItsTurn => actions.filter(isItsTurn));
}

/** Keeps what the `.nspawn` file names, where others lose it before that is written anew. */
function nextActions(planned: readonly Action[], { declared, files, roots }: Situation): Action[] {
  const system = header(files)?.system;
  if (declared.kind === 'absent' || system === undefined) return [];
  const { next, ...others } = roots;
  const taken = planned.filter(isTaken);
  const isNeeded = [others, ...taken.map((_, index) => rootsAfter(others, taken.slice(0, index + 1)))].some(
    kept => isBare(system, kept),
  );
  const staysNeeded = (written(planned) ?? system) === system && isBare(system, rootsAfter(others, planned));
  const actions: Action[] = [];
  if ((isNeeded || staysNeeded) && next !== system) actions.push({ kind: 'root', root: 'next', system });
  if (!staysNeeded && (isNeeded || next !== '')) actions.push({ kind: 'unroot', root: 'next' });
  return actions;
}

function isBare(system: string, roots: Partial<Roots>): boolean {
  return !Object.values(roots).includes(system);
}

function rootsAfter(roots: Partial<Roots>, actions: readonly Action[]): Partial<Roots> {
  const after = { ...roots };
  for (const action of actions) {
    if (action.kind === 'root') after[action.root] = action.system;
    if (action.kind === 'unroot') after[action.root] = '';
  }
  return after;
}

/** The system that the `.nspawn` file names once it is written anew. */
function written(planned: readonly Action[]): string | undefined {
  const commit = planned.find(action => action.kind === 'write' && action.file.kind === 'nspawn');
  return commit?.kind === 'write' ? readHeader(commit.file.content).system : undefined;
}

type Taken = Extract<Action, { kind: 'root' }> & { readonly root: Exclude<RootKind, 'last-good'> };

/** A root that is taken before all else. That of the last good system is exchanged only after that is on record. */
export function isTaken(action: Action): action is Taken {
  return action.kind === 'root' && action.root !== 'last-good';
}

function isGivenUp({ kind }: Action): boolean {
  return kind === 'unroot';
}

function isLast(action: Action): boolean {
  return isJob(action) || action.kind === 'check';
}

function isPlain(action: Action): boolean {
  return !(isTaken(action) || isGivenUp(action) || isLast(action));
}
