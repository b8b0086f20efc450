import { describe, expect, it } from 'vitest';
import { type Action, isJob } from '../../src/plan/actions.ts';
import { observe } from '../../src/plan/observed.ts';
import { plan } from '../../src/plan/plan.ts';
import { withGood } from '../../src/plan/prepare.ts';
import type { Lasting, MachineRecord, Situation, UnitState } from '../../src/plan/situation.ts';
import { readHeader } from '../../src/render/render.ts';
import {
  active,
  good,
  NEW,
  OLD,
  rendering,
  roots,
  situation,
  snapshot,
  started,
  steps,
  verdict,
} from './container.ts';

const THIRD = '/nix/store/22222222222222222222222222222222-nixos-system-web-3';
const SYSTEMS = [OLD, NEW, THIRD];
const bad = (system: string) => ({ ...snapshot(system), reason: 'bad', boot: 'boot' });

const UNITS: Record<string, UnitState | undefined> = {
  down: undefined,
  failed: { ...active('a'), active: 'failed', sub: 'failed' },
  up: active('a'),
  'up, unknown': active('b'),
  booting: { ...active('b'), active: 'activating', sub: 'start', job: 'start' },
  crashed: { ...active('a'), active: 'activating', sub: 'auto-restart', result: 'exit-code' },
  stopping: { ...active('a'), active: 'deactivating', sub: 'stop' },
};
const LASTINGS: Record<string, Lasting> = {
  nothing: {},
  good: { lastGood: good(OLD) },
  'good before': { lastGood: good(NEW), previousGood: good(OLD) },
  held: { lastGood: good(NEW), hold: snapshot(OLD) },
  quarantined: { lastGood: good(OLD), quarantined: [bad(NEW)] },
  'all quarantined': { lastGood: good(OLD), quarantined: [bad(NEW), bad(OLD)] },
};
const RECORDS: Record<string, MachineRecord> = {
  nothing: {},
  started: started(OLD, 'a'),
  well: { ...started(NEW, 'a'), ...verdict(NEW, 'a') },
  unwell: { ...started(NEW, 'a'), ...verdict(NEW, 'a', 'failed units: one.service') },
  switched: { ...started(OLD, 'a'), switch: { invocation: 'a', system: NEW, finished: true } },
  stopped: { ...started(NEW, 'a'), stopped: 'stopped on request' },
};
const REQUESTS = [undefined, 'start', 'stop', 'restart', 'retry', 'rollback', 'hold', 'unhold'] as const;

/** What is lost if garbage is collected now. */
function unrooted(situation: Situation): string[] {
  const { files, lasting, roots, unit } = situation;
  const named = files.map(({ content = '' }) => readHeader(content).system ?? '');
  const { booted, runs } = observe(situation);
  // Between two starts by systemd nothing runs.
  const up = unit?.sub === 'auto-restart' ? [] : [booted?.system, runs?.system];
  const needed = [...named, lasting.lastGood?.system, lasting.hold?.system, ...up];
  return needed.filter(system => system && !Object.values(roots).includes(system)).map(String);
}

/** As it is after one action, as far as it concerns roots. */
function after(before: Situation, action: Action): Situation {
  const { roots, lasting, files } = before;
  switch (action.kind) {
    case 'root':
      return { ...before, roots: { ...roots, [action.root]: action.system } };
    case 'unroot':
      return { ...before, roots: { ...roots, [action.root]: '' } };
    case 'keep-good':
      return { ...before, lasting: withGood(lasting, action.good) };
    case 'hold':
      return { ...before, lasting: { ...lasting, hold: action.hold } };
    case 'unhold': {
      const { hold: _, ...unheld } = lasting;
      return { ...before, lasting: unheld };
    }
    case 'remember': {
      const record = { started: { ...action.start, invocation: action.invocation } };
      return { ...before, record };
    }
    case 'write':
      return {
        ...before,
        files: files.map(file => (file.path === action.file.path ? { ...file, ...action.file } : file)),
      };
    default:
      return before;
  }
}

/** The profile points to one system, and the `.nspawn` file names another. */
const FOUND = SYSTEMS.flatMap(named =>
  [...SYSTEMS, ''].map(desired => {
    const { rendered, ...found } = situation(desired || OLD, { disk: rendering(named) });
    const waiting = { resolved: { kind: 'waiting', reason: 'gone' } } as const;
    const base = (desired === '' ? { ...found, ...waiting } : { ...found, rendered }) as Situation;
    return { what: `names ${named}, desired ${desired}`, named, base };
  }),
);

/** The combinations of these, each with the roots that a plan may count on. */
function* situations(): Generator<[string, Situation]> {
  for (const { what, named, base } of FOUND)
    for (const [is, unit] of Object.entries(UNITS))
      for (const [has, lasting] of Object.entries(LASTINGS))
        for (const [was, record] of Object.entries(RECORDS))
          for (const kind of REQUESTS) {
            // The next look after a hold writes its units; nothing is asked for in between.
            if (kind === 'rollback' && lasting.hold && lasting.hold.system !== named) continue;
            const request = kind && { request: { kind, system: '' } };
            const found = { ...base, lasting, record, ...(unit && { unit }), ...request };
            const { booted, runs } = observe(found);
            const kept = { 'last-good': lasting.lastGood?.system ?? '', held: lasting.hold?.system ?? '' };
            const ups = [
              { running: runs?.system ?? '', booted: booted?.system ?? '' },
              // Before what was switched to is seen to run.
              { running: booted?.system ?? '' },
            ];
            for (const up of ups) {
              const begin = { ...found, roots: roots({ desired: named, ...up, ...kept }) };
              if (unrooted(begin).length === 0) yield [`${what}; ${is}; ${has}; ${was}; ${kind}`, begin];
            }
          }
}

describe('the roots of a container', () => {
  it('keep after each action all that may be needed then', () => {
    let count = 0;
    const lost: string[] = [];
    const restless: string[] = [];
    for (const [what, begin] of situations()) {
      const { actions } = plan(begin);
      let { request: _, ...now } = begin;
      for (const action of actions) {
        now = after(now, action);
        count++;
        if (unrooted(now).length > 0) lost.push(`${what}: after ${action.kind} of ${steps(actions)}`);
      }
      const more = plan(now).actions.filter(({ kind }) => kind === 'root' || kind === 'unroot');
      const isDone = begin.request === undefined && !actions.some(isJob);
      if (isDone && more.length > 0)
        restless.push(`${what}: ${JSON.stringify(more)} after ${steps(actions)}`);
    }
    expect({ lost, restless }).toEqual({ lost: [], restless: [] });
    expect(count).toBeGreaterThan(10_000);
  });
});
