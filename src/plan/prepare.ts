import { unitOf } from '../model/name.ts';
import { type LiveProperty, liveLimits } from '../render/live-limits.ts';
import type { Action } from './actions.ts';
import type { Lasting, Situation, Snapshot } from './situation.ts';

/** Files that every later start relies on, whether by us, an operator or a guest's own reboot. */
export function prepare(situation: Situation, wanted: Snapshot): Action[] {
  const { files, unit, hasTemplate, name } = situation;
  const actions: Action[] = [];
  if (!hasTemplate) actions.push({ kind: 'make-template' });
  const changes = fileChanges(files, wanted);
  actions.push(...changes);
  const dropIn = changes.find(({ file }) => file.kind === 'drop-in');
  if (unit === undefined || (dropIn === undefined && !unit.needsReload)) return actions;
  const properties = unit.needsReload ? [] : limitsSetLive(situation, dropIn);
  const why = `the drop-in of ${unitOf(name)} changed`;
  if (properties.length > 0) actions.push({ kind: 'set-limits', properties, why: 'the limits changed' });
  else actions.push({ kind: 'reload-units', why });
  return actions;
}

/** What a changed drop-in means for the running unit, where all of it can be set at once; else none. */
function limitsSetLive(
  { files, unit }: Situation,
  change: Extract<Action, { kind: 'write' | 'remove' }> | undefined,
): readonly LiveProperty[] {
  const before = files.find(({ kind }) => kind === 'drop-in')?.content;
  if (unit?.active !== 'active' || change?.kind !== 'write' || before === undefined) return [];
  return liveLimits(before, change.file.content) ?? [];
}

/** The `.nspawn` file comes last: it is the commit record. */
function fileChanges(files: Situation['files'], wanted: Snapshot) {
  const changes = files.flatMap(
    ({ kind, path, content }): Extract<Action, { kind: 'write' | 'remove' }>[] => {
      const file = wanted.files.find(each => each.path === path);
      if (file?.content === content) return [];
      if (file === undefined) return [{ kind: 'remove', file: { kind, path }, why: 'is no longer needed' }];
      return [{ kind: 'write', file, why: content === undefined ? 'is missing' : 'is out of date' }];
    },
  );
  return changes.sort((a, b) => Number(a.file.kind === 'nspawn') - Number(b.file.kind === 'nspawn'));
}

/** Whether two sets of files are the same, to the letter. */
export function sameFiles(a: Snapshot, b: Snapshot): boolean {
  return (
    a.files.length === b.files.length &&
    a.files.every(file => b.files.find(({ path }) => path === file.path)?.content === file.content)
  );
}

/** What becomes of `lasting` when a system was found healthy. */
export function withGood({ lastGood, previousGood, hold }: Lasting, good: Snapshot): Lasting {
  const previous = lastGood !== undefined && lastGood.system !== good.system ? lastGood : previousGood;
  return { lastGood: good, ...(previous && { previousGood: previous }), ...(hold && { hold }) };
}
