/**
 * A host with one container, in memory: PID 1, the guests, the files, and a daemon that does what the plan says. It knows
 * the truth: what each invocation of the unit was started with, and which systems have really failed.
 */
import { type Action, type CheckAction, isJob, type JobAction, type Start } from '../../src/plan/actions.ts';
import { withQuarantine } from '../../src/plan/aim.ts';
import { lastingAfter, recordAfter } from '../../src/plan/effects.ts';
import { header, isUp, same } from '../../src/plan/observed.ts';
import { type Plan, plan } from '../../src/plan/plan.ts';
import type {
  FileOnDisk,
  Lasting,
  MachineRecord,
  Request,
  Roots,
  Situation,
  UnitState,
} from '../../src/plan/situation.ts';
import { active, declaration, onDisk, rendering, roots } from './container.ts';

/** What becomes of a system's guests is the end of its name. */
export const systemOf = (kind: 'good' | 'better' | 'unwell' | 'mute' | 'dies') =>
  `/nix/store/${kind.padEnd(32, '0')}-nixos-system-web-${kind}`;
const isA = (kind: string, system: string) => system.endsWith(`-${kind}`);

/** So many starts by systemd itself, and it gives up. */
const BURST = 3;

export class SimulatedHost {
  /** Undefined: there is none; null: it can't be read. */
  declared: object | null | undefined;
  profile = '';
  unit: UnitState | undefined;
  lasting: Lasting = {};
  /** Systems that have died, or were found unwell. */
  readonly guilty = new Set<string>();
  /** By somebody's will it is down, as far as nspawnd was given the time to see that; undefined: it may be. */
  isToBeDown: boolean | undefined = false;
  /** Job of ours that waits for its turn. */
  job: JobAction | undefined;
  check: CheckAction | undefined;
  /** Something happened that the daemon has not looked at. */
  isOpen = true;

  #files: readonly FileOnDisk[] = onDisk(undefined);
  #hasTemplate = false;
  #roots: Roots = roots({});
  #record: MachineRecord = {};
  #request: Request | undefined;
  #boot = 1;
  #invocations = 0;
  #restarts = 0;
  /** What runs in truth, or ran when it failed. */
  #truth: (Start & { runs: string }) | undefined;

  /** Everything as the daemon finds it. */
  get situation(): Situation {
    const { declared, profile } = this;
    const isValid = declared !== null && declared !== undefined;
    const resolved = isValid && {
      resolved:
        profile === ''
          ? ({ kind: 'waiting', reason: 'no profile' } as const)
          : ({ kind: 'system', system: profile } as const),
    };
    return {
      name: 'web',
      declared: isValid
        ? { kind: 'valid', declaration: declaration(declared) }
        : declared === null
          ? { kind: 'invalid', reason: 'broken' }
          : { kind: 'absent' },
      ...resolved,
      ...(isValid && profile !== '' && { rendered: rendering(profile, declared) }),
      ...(this.unit && { unit: this.unit }),
      ...(this.#request && { request: this.#request }),
      files: this.#files,
      conflict: '',
      hasTemplate: this.#hasTemplate,
      roots: this.#roots,
      record: this.#record,
      lasting: this.lasting,
      boot: String(this.#boot),
      hasTraces: this.#hasTemplate || JSON.stringify([this.#record, this.lasting]) !== '[{},{}]',
    };
  }

  /** What is really so, in the terms of a plan. */
  get truth(): Pick<Plan, 'booted' | 'runs'> {
    if (!isUp(this.unit) || this.#truth === undefined) return { booted: undefined, runs: undefined };
    const { runs, ...booted } = this.#truth;
    return { booted, runs: { ...booted, system: runs } };
  }

  /** One at a time: until a job that one led to begins, the next one waits. */
  ask(kind: Request['kind']): void {
    if (this.#request !== undefined) return;
    this.#request = { kind, system: '' };
    this.isOpen = true;
  }

  /** The daemon looks and does what is to be done; after `cut` actions it is killed. */
  look(cut = Number.POSITIVE_INFINITY): Plan {
    const todo = plan(this.situation);
    for (const action of todo.actions.slice(0, cut)) this.#apply(action);
    if (cut < todo.actions.length) {
      this.kill();
      return todo;
    }
    this.isOpen = false;
    this.job = todo.actions.find(isJob);
    this.check = todo.actions.find(action => action.kind === 'check');
    if (this.job === undefined) this.#request = undefined;
    return todo;
  }

  /** The daemon is killed and started anew. */
  kill(): void {
    if (this.#request?.kind === 'stop') this.isToBeDown = undefined;
    this.job = undefined;
    this.check = undefined;
    this.#request = undefined;
    this.isOpen = true;
  }

  /** The turn of the job has come; it is done. */
  begin(): void {
    const { job } = this;
    if (job === undefined || this.isOpen) return;
    this.job = undefined;
    this.#request = undefined;
    this.isOpen = true;
    if (job.kind === 'stop') {
      if (job.forget) {
        this.#record = {};
        this.isToBeDown = false;
      }
      this.unit = undefined;
    } else if (job.kind === 'switch') this.#switch(job);
    else this.#begin(job.start);
  }

  /** The guest answers how it is. */
  answer(): void {
    const { check, unit } = this;
    if (check === undefined || unit?.active !== 'active' || unit.invocation !== check.invocation) return;
    this.check = undefined;
    this.isOpen = true;
    const runs = this.#truth?.runs ?? '';
    // One without a bus is good enough where there never was one.
    const isMute = isA('mute', runs);
    const complaint = isA('unwell', runs)
      ? 'failed units: one.service'
      : isMute && check.needsBus
        ? 'it has no system bus'
        : '';
    if (complaint !== '') this.guilty.add(runs);
    const { invocation, system } = check;
    const verdict = {
      ...{ invocation, system, complaint, failedUnits: [] },
      ...{ guestState: isMute ? '' : 'running', evidence: [`of ${runs}`] },
    };
    const { trial: _, ...record } = this.#record;
    this.#record = { ...record, verdict };
  }

  /** Something on the host keeps the guest from being asked, for long or for a moment. */
  cannotAsk(isStuck: boolean): void {
    const { check, unit } = this;
    if (check === undefined || unit?.invocation !== check.invocation) return;
    const { invocation, system } = check;
    this.isOpen = true;
    this.#record = { ...this.#record, trial: { invocation, system, reason: 'no socket', isStuck } };
  }

  /** systemctl start; it is not ready at once. */
  start(): void {
    if (isUp(this.unit) || header(this.#files) === undefined) return;
    this.#restarts = 0;
    this.#boots();
  }

  /** systemctl stop */
  stop(): void {
    if (!isUp(this.unit)) return;
    const { started, failure, stopped } = this.#record;
    this.unit = undefined;
    this.isOpen = true;
    // Stopped before anything is known of it, it is as if it never was.
    if (stopped !== undefined || (started !== undefined && failure === undefined)) this.isToBeDown = true;
  }

  /** What is under way in PID 1 goes on: a boot ends, or what crashed is started again. */
  proceed(): void {
    if (this.unit?.active !== 'activating') return;
    if (this.unit.sub === 'auto-restart') this.#boots();
    else if (isA('dies', this.#truth?.system ?? '')) this.crash();
    else {
      this.unit = active(this.unit.invocation);
      this.isOpen = true;
      this.isToBeDown = false;
    }
  }

  /** The machine dies. */
  crash(): void {
    if (!isUp(this.unit) || this.unit?.sub === 'auto-restart' || this.#truth === undefined) return;
    this.isOpen = true;
    this.guilty.add(this.#truth.runs);
    const { invocation } = this.unit ?? active('');
    this.unit =
      ++this.#restarts > BURST && isA('dies', this.#truth.system)
        ? { ...active(invocation), active: 'failed', sub: 'failed', result: 'exit-code' }
        : { ...active(invocation), active: 'activating', sub: 'auto-restart', result: 'exit-code' };
  }

  /** The guest reboots itself. */
  reboot(): void {
    if (this.unit?.active === 'active') this.#boots();
  }

  rebootHost(): void {
    this.kill();
    this.#boot++;
    this.unit = undefined;
    this.#record = {};
    this.#files = onDisk(undefined);
    this.isToBeDown = false;
  }

  #boots(): void {
    const start = header(this.#files);
    if (start === undefined) throw new Error('nothing of ours is to be started');
    this.isOpen = true;
    this.#truth = { ...start, runs: start.system };
    this.unit = { ...active(String(++this.#invocations)), active: 'activating', sub: 'start', job: 'start' };
  }

  /** As src/reconcile/start-job.ts does. */
  #begin(wanted: Start): void {
    if (!same(header(this.#files), wanted)) throw new Error('what is started is not what is on disk');
    this.#restarts = 0;
    this.#boots();
    this.isToBeDown = false;
    const { invocation } = this.unit ?? active('');
    if (!isA('dies', wanted.system)) {
      this.unit = active(invocation);
      return;
    }
    this.#condemn(wanted);
    this.#record = { started: { ...wanted, invocation }, failure: wanted };
    this.unit = undefined;
  }

  /** As src/reconcile/switch-job.ts does. */
  #switch({ start, invocation }: Extract<JobAction, { kind: 'switch' }>): void {
    if (this.#truth === undefined || this.unit?.invocation !== invocation)
      throw new Error('switches another');
    this.#truth = { ...this.#truth, runs: start.system };
    if (isA('dies', start.system)) this.#condemn(start);
    const { verdict: _, ...record } = this.#record;
    this.#record = { ...record, switch: { invocation, system: start.system, finished: true } };
  }

  #condemn({ system, fingerprint }: Start): void {
    this.guilty.add(system);
    const entry = { system, fingerprint, reason: 'dies', boot: String(this.#boot) };
    this.lasting = withQuarantine(this.lasting, entry);
  }

  #apply(action: Action): void {
    this.#record = recordAfter(this.#record, action);
    this.lasting = lastingAfter(this.lasting, action);
    switch (action.kind) {
      case 'record-stop':
        this.isToBeDown = true;
        break;
      case 'make-template':
        this.#hasTemplate = true;
        break;
      case 'root':
        this.#roots = { ...this.#roots, [action.root]: action.system };
        break;
      case 'unroot':
        this.#roots = { ...this.#roots, [action.root]: '' };
        break;
      case 'write':
      case 'remove': {
        const content = action.kind === 'write' ? action.file.content : undefined;
        this.#files = this.#files.map(file => (file.path === action.file.path ? { ...file, content } : file));
        break;
      }
      case 'clean-up':
        this.#files = onDisk(undefined);
        this.#hasTemplate = false;
        this.#record = {};
        this.lasting = {};
        this.#roots = roots({});
        this.isToBeDown = false;
        if (this.unit?.active === 'failed') this.unit = undefined;
    }
  }
}
