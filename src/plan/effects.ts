import type { Action } from './actions.ts';
import { withQuarantine } from './aim.ts';
import { withGood } from './prepare.ts';
import type { Lasting, MachineRecord } from './situation.ts';

/** What is known of a machine in this boot when an action is done: the same object where nothing changes. */
export function recordAfter(before: MachineRecord, action: Action): MachineRecord {
  switch (action.kind) {
    case 'remember':
      return remembered(before, action);
    case 'record-stop':
      return { ...before, stopped: action.reason };
    case 'forget-verdict': {
      const { verdict: _, ...record } = before;
      return record;
    }
    default:
      return before;
  }
}

function remembered(
  before: MachineRecord,
  { invocation, start, found }: Extract<Action, { kind: 'remember' }>,
): MachineRecord {
  const started = { invocation, ...start };
  if (found === 'crashed') return { ...before, started };
  if (found === 'failed') return { ...before, started, failure: start };
  const kept = before.started?.invocation === invocation ? before : {};
  return {
    started,
    ...(before.updated && { updated: before.updated }),
    ...(kept.switch && { switch: kept.switch }),
    ...(kept.verdict && { verdict: kept.verdict }),
    ...(kept.trial && { trial: kept.trial }),
  };
}

/** What is known beyond this boot when an action is done: the same object where nothing changes. */
export function lastingAfter(before: Lasting, action: Action): Lasting {
  switch (action.kind) {
    case 'quarantine':
      return withQuarantine(before, action.entry);
    case 'unquarantine': {
      const { quarantined: _, ...lasting } = before;
      return lasting;
    }
    case 'keep-good':
      return withGood(before, action.good);
    case 'hold':
      return { ...before, hold: action.hold };
    case 'unhold': {
      const { hold: _, ...lasting } = before;
      return lasting;
    }
    default:
      return before;
  }
}
