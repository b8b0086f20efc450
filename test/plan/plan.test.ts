import { describe, expect, it } from 'vitest';
import { plan } from '../../src/plan/plan.ts';
import type { MachineRecord, UnitState } from '../../src/plan/situation.ts';
import {
  active,
  declaration,
  good,
  NEW,
  OLD,
  onDisk,
  rendering,
  roots,
  settled,
  situation,
  started,
  startOf,
  steps,
  told,
} from './container.ts';

describe('a new declaration', () => {
  it('roots the system, writes the units and starts the machine, the .nspawn file last', () => {
    const { actions, state } = plan(situation(NEW, {}));
    expect(steps(actions)).toEqual(['root', 'make-template', 'write', 'write', 'write', 'start']);
    const written = actions.flatMap(action => (action.kind === 'write' ? [action.file.kind] : []));
    expect(written.at(-1)).toBe('nspawn');
    expect(state).toBe('starting');
  });

  it('only renders when autoStart is false', () => {
    const { actions, state } = plan(situation(NEW, { extra: { autoStart: false } }));
    expect(told(actions)).toEqual(['render', 'render', 'render']);
    expect(state).toBe('stopped');
  });
});

describe('a running machine', () => {
  it('that runs the desired system with the wanted units has an empty plan', () => {
    expect(plan(settled())).toMatchObject({ state: 'running', actions: [] });
  });

  it('is restarted when the profile moved, with the system it came from', () => {
    const { actions } = plan(
      settled({ resolved: { kind: 'system', system: NEW }, rendered: rendering(NEW) }),
    );
    expect(actions.at(-1)).toMatchObject({ kind: 'restart', from: OLD, start: { system: NEW } });
    expect(told(actions)).toEqual(['render', 'restart']);
  });

  it('is restarted when its units changed', () => {
    const extra = { binds: { '/data': {} } };
    const changed = settled({
      declared: { kind: 'valid', declaration: declaration(extra) },
      rendered: rendering(OLD, extra),
    });
    expect(told(plan(changed).actions)).toEqual(['render', 'restart']);
  });

  it('is left running under strategy none, with the new units in place', () => {
    const extra = { activation: { strategy: 'none' } };
    const { actions, state, reason } = plan(
      settled({
        declared: { kind: 'valid', declaration: declaration(extra) },
        resolved: { kind: 'system', system: NEW },
        rendered: rendering(NEW, extra),
      }),
    );
    expect(told(actions)).toEqual(['render']);
    expect(state).toBe('running');
    expect(reason).toContain('next start');
  });

  it('is not restarted for what a daemon-reload applies', () => {
    const extra = { activation: { timeout: '5min' } };
    const changed = settled({
      declared: { kind: 'valid', declaration: declaration(extra) },
      rendered: rendering(OLD, extra),
    });
    expect(told(plan(changed).actions)).toEqual(['render', 'daemon-reload']);
  });

  it('is left alone while its binds cannot be made, and what it is to run is known', () => {
    const { rendered: _, ...rest } = settled();
    const resolved = { kind: 'waiting', reason: 'no disk', system: NEW } as const;
    expect(plan({ ...rest, resolved })).toMatchObject({
      ...{ state: 'waiting', reason: 'no disk', desired: NEW, actions: [] },
    });
  });

  it('is left alone while the profile dangles', () => {
    const { rendered: _, ...rest } = settled();
    const { actions, state, booted } = plan({ ...rest, resolved: { kind: 'waiting', reason: 'gone' } });
    expect(actions).toEqual([]);
    expect(state).toBe('waiting');
    expect(booted?.system).toBe(OLD);
  });

  it('is left alone when its declaration is rejected', () => {
    const { actions, state, reason } = plan(
      settled({ declared: { kind: 'invalid', reason: 'activation.timeout: no' } }),
    );
    expect([actions, state, reason]).toEqual([[], 'invalid', 'activation.timeout: no']);
  });

  it('is left alone when a file of ours is somebody else’s', () => {
    expect(plan(settled({ conflict: '/etc/systemd/nspawn/web.nspawn exists' }))).toMatchObject({
      state: 'invalid',
      reason: '/etc/systemd/nspawn/web.nspawn exists',
      actions: [],
    });
  });
});

describe('what an unknown invocation was started with', () => {
  it('is what the .nspawn file says, and goes on record before that is written anew', () => {
    const rebooted = settled({
      unit: active('b'),
      resolved: { kind: 'system', system: NEW },
      rendered: rendering(NEW),
    });
    const { actions, booted } = plan(rebooted);
    expect(booted?.system).toBe(OLD);
    expect(steps(actions)).toEqual(['root', 'remember', 'write', 'restart']);
    expect(actions[1]).toMatchObject({ invocation: 'b', start: { system: OLD } });
  });

  it('survives that the daemon was killed between writing the units and the restart', () => {
    const killed = settled({
      files: onDisk(rendering(NEW)),
      resolved: { kind: 'system', system: NEW },
      rendered: rendering(NEW),
    });
    const { actions, booted } = plan(killed);
    expect(booted?.system).toBe(OLD);
    expect(actions.at(-1)?.kind).toBe('restart');
  });

  it('keeps what runs rooted until another system is seen running', () => {
    const { actions } = plan(
      settled({
        unit: active('b'),
        files: onDisk(rendering(NEW)),
        roots: roots({ desired: NEW, running: OLD, 'last-good': OLD }),
      }),
    );
    const rooted = actions.flatMap(action => (action.kind === 'root' ? [[action.root, action.system]] : []));
    expect(rooted).toEqual([
      ['running', NEW],
      ['desired', OLD],
    ]);
  });
});

describe('a machine that is down', () => {
  const down = (record: MachineRecord, unit?: UnitState, desired = OLD) =>
    situation(desired, { disk: rendering(OLD), record, ...(unit && { unit }) });
  const failedUnit: UnitState = {
    active: 'failed',
    sub: 'failed',
    job: '',
    invocation: 'a',
    needsReload: false,
  };

  it('stays stopped after an operator stopped it, also when the profile moves', () => {
    expect(plan(down(started(OLD, 'a')))).toMatchObject({ state: 'stopped', actions: [] });
    const moved = plan(down(started(OLD, 'a'), undefined, NEW));
    expect(told(moved.actions)).toEqual(['render']);
    expect(moved.state).toBe('stopped');
  });

  it('is started when somebody asks for it', () => {
    const { actions } = plan({ ...down(started(OLD, 'a')), request: { kind: 'start', system: '' } });
    expect(told(actions)).toEqual(['start']);
  });

  it('is started after a reboot of the host, which leaves no record', () => {
    expect(told(plan(down({})).actions)).toEqual(['start']);
  });

  it('is not tried again with what failed', () => {
    const quarantined = [{ ...startOf(OLD), reason: 'init died', boot: 'boot' }];
    const failed = { ...down({ failure: startOf(OLD) }), lasting: { quarantined } };
    expect(plan(failed)).toMatchObject({ state: 'failed', actions: [] });
    expect(plan(failed).reason).toContain('init died');
  });

  it('is put in quarantine when it crashed before it was ever found healthy', () => {
    expect(steps(plan(down({}, failedUnit)).actions)).toEqual(['remember', 'quarantine']);
    const proven = { ...down(started(OLD, 'a'), failedUnit), lasting: { lastGood: good(OLD) } };
    expect(plan({ ...proven, roots: roots({ desired: OLD, 'last-good': OLD }) })).toMatchObject({
      state: 'failed',
      actions: [],
    });
  });

  it('is tried again with another system', () => {
    const failure = startOf(OLD);
    expect(told(plan(down({ failure }, undefined, NEW)).actions)).toEqual(['render', 'start']);
    expect(told(plan(down(started(OLD, 'a'), failedUnit, NEW)).actions)).toEqual(['render', 'start']);
  });

  it('gives up the root of what ran', () => {
    const stopped = { ...down(started(OLD, 'a')), roots: roots({ desired: OLD, running: OLD }) };
    expect(plan(stopped).actions).toEqual([{ kind: 'unroot', root: 'running' }]);
  });
});

describe('somebody else’s job', () => {
  const unit = (active: string, sub: string, job = ''): UnitState => ({
    active,
    sub,
    job,
    invocation: 'a',
    needsReload: false,
  });

  it('is waited for', () => {
    for (const each of [unit('activating', 'start', 'start'), unit('deactivating', 'stop-sigterm', 'stop')]) {
      const moved = settled({
        unit: each,
        resolved: { kind: 'system', system: NEW },
        rendered: rendering(NEW),
      });
      expect(plan(moved)).toMatchObject({ settling: true });
      expect(told(plan(moved).actions)).toEqual([]);
    }
  });

  it('is stepped into between two restarts after a crash, when the system has changed', () => {
    const looping = settled({ unit: unit('activating', 'auto-restart') });
    expect(plan(looping)).toMatchObject({ state: 'starting', settling: true });
    const fixed = {
      ...looping,
      resolved: { kind: 'system', system: NEW } as const,
      rendered: rendering(NEW),
    };
    expect(told(plan(fixed).actions)).toEqual(['render', 'restart']);
  });

  it('doesn’t keep a stop from being asked for', () => {
    const stop = plan(
      settled({ unit: unit('activating', 'start', 'start'), request: { kind: 'stop', system: '' } }),
    );
    expect(steps(stop.actions)).toEqual(['record-stop', 'stop']);
  });
});

describe('a declaration that is gone', () => {
  const absent = { declared: { kind: 'absent' } as const };

  it('stops its machine first, and then leaves nothing', () => {
    // Forgotten before it is stopped: a declaration that comes back meanwhile must not take that for an operator's stop.
    expect(plan(settled(absent)).actions).toEqual([
      { kind: 'stop', forget: true, why: 'its declaration is gone' },
    ]);
    const { unit: _, ...stopped } = settled(absent);
    expect(plan(stopped)).toMatchObject({ gone: true, actions: [{ kind: 'clean-up' }] });
  });

  it('leaves a machine of the same name alone that has no unit of ours', () => {
    const foreign = settled({
      ...absent,
      files: onDisk(undefined),
      hasTraces: false,
      record: {},
      roots: roots({}),
    });
    expect(plan(foreign)).toMatchObject({ gone: true, actions: [] });
  });
});
