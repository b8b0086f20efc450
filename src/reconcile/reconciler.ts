import type { Logger } from 'pino';
import { fileOf } from '../adapters/declarations.ts';
import type { Lastings } from '../adapters/lastings.ts';
import type { Machine1 } from '../adapters/machine1.ts';
import type { Network1 } from '../adapters/network1.ts';
import type { Records } from '../adapters/records.ts';
import type { Systemd1 } from '../adapters/systemd1.ts';
import type { ContainerView, PlannedStep } from '../model/container.ts';
import { messageOf, NspawndError } from '../model/errors.ts';
import { assertMachineName } from '../model/name.ts';
import { listed } from '../model/text.ts';
import { type CheckAction, describe, isJob, type JobAction } from '../plan/actions.ts';
import { same } from '../plan/observed.ts';
import type { Plan } from '../plan/plan.ts';
import type { Request, Situation } from '../plan/situation.ts';
import { Admission } from './admission.ts';
import { applyCommit, applyFiles } from './apply.ts';
import { Checks } from './checks.ts';
import { now } from './clock.ts';
import { Dependants } from './dependants.ts';
import { Followers } from './followers.ts';
import { Gathering } from './gathering.ts';
import { Hazards } from './hazards.ts';
import { Jobs } from './jobs.ts';
import { Leftovers } from './leftovers.ts';
import { setLimits } from './live-limits.ts';
import { Looks } from './looks.ts';
import { Order } from './order.ts';
import { Planner } from './planner.ts';
import { Reloader, type Reloads } from './reloads.ts';
import { Requests } from './requests.ts';
import { isReset, resetFailed } from './reset-failed.ts';
import { Retries } from './retries.ts';
import { SharedRun } from './shared-run.ts';
import { passed } from './steps.ts';
import { takeRoots } from './take-roots.ts';
import { tellState, tellSteps } from './tell.ts';
import type { Limits } from './turns.ts';
import { Updates } from './updates.ts';
import type { Views } from './views.ts';
import { Waiters } from './waiters.ts';
import type { World } from './world.ts';

export interface ReconcilerParts {
  readonly world: World;
  readonly views: Views;
  readonly systemd: Systemd1;
  readonly machined: Machine1;
  readonly records: Records;
  readonly lastings: Lastings;
  readonly networkd: Network1;
  readonly log: Logger;
  readonly limits: Limits;
  /** This boot of the host. */
  readonly boot: string;
}

/**
 * The loop of the daemon. Whatever happens only queues a name; when its turn comes, everything about it is
 * read afresh, planned and done.
 *
 * Invariants:
 * - one batch at a time; a batch ends when its files are written and its jobs are queued, not when they end;
 * - a name is in at most one of: in a batch, in a job. Queued meanwhile, its turn comes again right after;
 * - a job that is planned but has not begun, for want of a place, binds nobody: its name is looked at like any other;
 * - a name whose plan was carried out without error has an empty plan next, until the world changes.
 */
export class Reconciler {
  readonly #parts: ReconcilerParts;
  readonly #queued = new Set<string>();
  /** Those of them that only the signals of their own units ask to look at. */
  readonly #stirred = new Set<string>();
  /** Those of them that only somebody who waits asks to look at. */
  readonly #curious = new Set<string>();
  readonly #inBatch = new Set<string>();
  readonly #settling = new Set<string>();
  readonly #jobs: Jobs;
  readonly #requests = new Requests();
  readonly #gathering = new Gathering();
  readonly #retries: Retries;
  readonly #checks: Checks;
  readonly #followers: Followers;
  readonly #updates: Updates;
  readonly #dependants: Dependants;
  readonly #leftovers: Leftovers;
  readonly #hazards: Hazards;
  readonly #order = new Order();
  readonly #planner: Planner;
  readonly #reloader: Reloader;
  readonly #waiters = new Waiters(name => this.#isSettledAt(name));
  readonly #looks = new Looks(names => this.#lookAt(names));
  readonly #plans = new SharedRun(() => this.#plan());
  readonly #admission: Admission;
  #batch: Promise<void> | undefined;
  /** Told at the end of the next round of a batch that begins from now. */
  #atNextEnd: (() => void)[] = [];
  #lastReconcile = 0n;
  #stopped = false;

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
    const { world } = parts;
    const asked = {
      timeoutOf: (name: string) => world.timeoutOf(name),
      hostLacks: (name: string) => world.hostLacks(name),
    };
    this.#jobs = new Jobs({ ...parts, ...asked }, parts.limits, {
      begins: (name, job) => this.#begins(name, job),
      ended: (name, outcome, thrown) => this.#ended(name, outcome, thrown),
      isOpen: name => this.#isOpen(name),
      dependenciesOf: name => this.#order.dependenciesOf(name),
      dependantsOf: name => this.#order.dependantsOf(name),
    });
    this.#admission = new Admission(parts.views.all);
    this.#planner = new Planner(parts.world, this.#requests, this.#order);
    this.#reloader = new Reloader(parts.systemd, parts.networkd, parts.log);
    this.#leftovers = new Leftovers(parts.log);
    this.#hazards = new Hazards(parts);
    this.#followers = new Followers(parts, name => this.enqueue(name));
    this.#checks = new Checks(parts, {
      ended: (name, subject, guest) => {
        // Where there is no connection, the look that comes tells whether one is worth trying.
        if (guest !== undefined) this.#followers.ensure(name, subject, guest);
        this.enqueue(name);
      },
      cameOn: name => this.enqueue(name),
    });
    this.#updates = new Updates(parts);
    this.#dependants = new Dependants({
      order: this.#order,
      records: parts.records,
      isBusy: name => this.#isBusy(name) || this.#updates.elapsed(name) !== undefined,
      cancel: name => this.#checks.cancel(name),
      look: name => this.enqueue(name),
    });
    this.#retries = new Retries(name => this.enqueue(name));
  }

  get lastReconcile(): bigint {
    return this.#lastReconcile;
  }

  get jobs(): Jobs {
    return this.#jobs;
  }

  /** Queues a name: it will be looked at afresh. What is no machine name, or one too many, is not taken up. */
  enqueue(name: string): void {
    if (this.#stopped || !this.#admission.admits(name)) return;
    this.#queued.add(name);
    this.#stirred.delete(name);
    this.#curious.delete(name);
    this.#wake();
  }

  /** Queues a name that a signal was about, if it is one of ours. */
  enqueueKnown(name: string): void {
    if (!this.#parts.views.all.has(name)) return;
    this.#parts.views.setMachine(name, this.#parts.machined.path(name));
    // A try that failed stirs the unit, too: its signals are no reason to try again before it is time.
    if (this.#retries.isPausing(name)) return;
    const isNew = !this.#queued.has(name);
    this.enqueue(name);
    if (isNew) this.#stirred.add(name);
  }

  /** Something was mounted or unmounted: those that wait for a bind source are looked at again. */
  mountsChanged(): void {
    for (const name of this.#parts.world.awaitingSources()) this.enqueueKnown(name);
  }

  /** Queues every name there is. */
  enqueueAll(): void {
    for (const name of this.#everyName()) this.enqueue(name);
    // Also where there is nothing to look at: a look that found nothing is a look.
    this.#wake();
  }

  /** Resolves when everything queued by now is rendered, and its jobs are under way. */
  async rendered(): Promise<void> {
    await this.#batch;
  }

  /** Reads and publishes everything, and does nothing. */
  async survey(): Promise<void> {
    for (const [situation, todo] of await this.#planner.plans([...this.#everyName()], this.#failed)) {
      if (!todo.gone) this.#parts.views.show(situation, todo, this.#parts.machined.path(situation.name));
    }
  }

  /** What a reconcile would do now. Those who ask before it begins share it. */
  plan(): Promise<readonly PlannedStep[]> {
    return this.#plans.run();
  }

  async #plan(): Promise<readonly PlannedStep[]> {
    const unread: PlannedStep[] = [];
    const plans = await this.#planner.plansInSlices([...this.#everyName()].sort(), (name, error) => {
      unread.push({ name, action: 'none', why: messageOf(error) });
    });
    const steps = plans.flatMap(([{ name }, { actions }]) =>
      actions.flatMap(action => {
        const step = describe(action);
        return step === undefined ? [] : [{ name, ...step }];
      }),
    );
    return [...steps, ...unread];
  }

  /** Does what somebody asked for; resolves when that is done. `system`: of a rollback, '' for the last good one. */
  async request(name: string, kind: Request['kind'], system = ''): Promise<void> {
    assertMachineName(name);
    // Those that nothing depends on, and that depend on nothing, are not kept waiting.
    if (this.#order.relativesOf([name]).size > 0) await this.#gathering.end();
    if (!this.#parts.views.all.has(name)) throw noSuchContainer(name);
    const answer = this.#requests.add(name, kind, system);
    this.enqueue(name);
    // Our own start need not be waited for to be stopped: PID 1 cancels it.
    const cancelled = kind === 'stop' && this.#jobs.has(name) && this.#parts.systemd.stop(name);
    await Promise.all([answer, cancelled]);
  }

  /** Looks at a container (`''`: at all) once more, and resolves once nothing is queued or under way for it. */
  async settled(name: string, timeoutMs: number, signal: AbortSignal): Promise<ContainerView | undefined> {
    const { views, world } = this.#parts;
    if (name !== '') assertMachineName(name);
    const isKnown = name === '' || views.all.has(name);
    // A declaration written a moment ago may not have been noticed yet; no other name leaves a trace.
    if (!isKnown && !world.isDeclared(name)) throw noSuchContainer(name);
    const what = () => this.#unsettled(name);
    await this.#waiters.until(name, this.#looks.at(name), { timeoutMs, signal, what });
    const view = views.all.get(name);
    if (view === undefined && !isKnown) throw noSuchContainer(name);
    return view;
  }

  /** Ends: nothing is begun any more. Machines and PID 1's jobs go on. */
  stop(): void {
    this.#stopped = true;
    this.#queued.clear();
    this.#retries.stop();
  }

  /** Resolves when all those names have been looked at that had no job, and others will be when theirs has ended. */
  async #lookAt(names: ReadonlySet<string>): Promise<void> {
    for (const name of names.has('') ? this.#everyName() : names) {
      if (this.#queued.has(name) || !this.#admission.admits(name)) continue;
      this.#queued.add(name);
      this.#curious.add(name);
    }
    await new Promise<void>(resolve => {
      this.#atNextEnd.push(resolve);
      this.#wake();
    });
  }

  #wake(): void {
    if (this.#stopped) return;
    this.#batch ??= new Promise(resolve => setImmediate(resolve)).then(() => this.#drain());
  }

  async #drain(): Promise<void> {
    try {
      for (;;) {
        const names = [...this.#queued].filter(name => !this.#jobs.has(name));
        if (names.length === 0 || this.#stopped) return;
        const ended = this.#takeEnds();
        for (const name of names) this.#take(name);
        await this.#reconcile(names);
        this.#inBatch.clear();
        for (const name of names) this.#admission.looked(name);
        this.#jobs.admit();
        this.#looked();
        for (const end of ended) end();
        this.#waiters.tell();
      }
    } finally {
      this.#batch = undefined;
      if (this.#lastReconcile === 0n) this.#looked();
      // What is still queued has a job, after which it is looked at.
      for (const end of this.#takeEnds()) end();
      this.#waiters.tell();
    }
  }

  #takeEnds(): readonly (() => void)[] {
    const ends = this.#atNextEnd;
    this.#atNextEnd = [];
    return ends;
  }

  #looked(): void {
    this.#lastReconcile = now();
    this.#parts.views.managerChanged();
  }

  async #reconcile(names: readonly string[]): Promise<void> {
    const { log } = this.#parts;
    try {
      const plans = await this.#planner.plansTogether(names, name => this.#joins(name), this.#failed);
      if (plans.some(([, { actions }]) => actions.length > 0)) passed('planned');
      const { rooted, again } = await takeRoots(plans, (entry, work) => this.#attempt(entry, work));
      for (const name of again) this.enqueue(name);
      const reloads = this.#reloader.due();
      const prepared = rooted.filter(entry => this.#attempt(entry, () => this.#prepare(entry, reloads)));
      const changed = prepared.map(([{ name }, todo]) => [name, todo] as const);
      if (!(await setLimits(this.#parts.systemd, log, changed))) reloads.units = true;
      await this.#reloader.reload(reloads);
      for (const entry of prepared) this.#attempt(entry, () => this.#finish(entry));
      this.#inBatch.clear();
      this.#jobs.admit();
      for (const [{ name }, { actions }] of prepared) tellSteps(log, name, actions);
      this.#hazards.look(prepared.map(([situation]) => situation));
      this.#leftovers.sweepAfter(prepared.filter(([{ name }]) => !this.#jobs.has(name)));
    } catch (error) {
      // Not one name's failure but the host's: the bus, PID 1.
      log.error(
        { err: error, names: names.slice(0, 8), action: 'reconcile' },
        `cannot reconcile: ${messageOf(error)}`,
      );
      for (const name of this.#inBatch) {
        this.#jobs.ask(name, undefined);
        this.#retries.failed(name);
      }
    }
  }

  /** Whether a name may be looked at in the batch that is under way; it is in it then. */
  #joins(name: string): boolean {
    const { views, world } = this.#parts;
    if (this.#inBatch.has(name) || this.#jobs.has(name) || this.#retries.isPausing(name)) return false;
    if (!views.all.has(name) && !world.isDeclared(name)) return false;
    this.#take(name);
    return true;
  }

  #take(name: string): void {
    this.#queued.delete(name);
    this.#stirred.delete(name);
    this.#curious.delete(name);
    this.#inBatch.add(name);
  }

  /** Files first, all of a batch, so that one reload serves them all. */
  #prepare([situation, todo]: [Situation, Plan], reloads: Reloads): void {
    const { views, machined, log } = this.#parts;
    tellState(log, views.all.get(situation.name), situation, todo);
    if (!todo.gone) views.show(situation, todo, machined.path(situation.name));
    applyFiles(situation.name, todo.actions, situation.unit, this.#parts, reloads);
  }

  #finish([situation, todo]: [Situation, Plan]): void {
    const { name, declared, request } = situation;
    applyCommit(name, todo.actions);
    const job = todo.actions.find(isJob);
    const check = todo.actions.find((action): action is CheckAction => action.kind === 'check');
    if (todo.settling) this.#settling.add(name);
    else this.#settling.delete(name);
    if (isInUpdate(todo)) this.#jobs.adopt(name);
    if (check === undefined || declared.kind !== 'valid' || this.#dependants.mustWait(name)) {
      this.#checks.cancel(name);
    } else {
      const elapsed = this.#dependants.hasWaited(name) ? 0 : (this.#updates.elapsed(name) ?? 0);
      this.#checks.ensure(name, check, declared.declaration.activation, elapsed);
    }
    const busy = job !== undefined || todo.settling;
    this.#requests.planned(name, request, todo, busy);
    this.#jobs.ask(name, job);
    if (job === undefined) this.#retries.succeeded(name);
    // A start does that itself.
    if (job === undefined && todo.actions.some(isReset)) resetFailed(this.#parts, name);
    this.#inBatch.delete(name);
    if (todo.follow === undefined) this.#followers.cancel(name);
    else this.#followers.ensure(name, todo.follow);
    if (!busy) {
      this.#jobs.settled(name);
      this.#dependants.heard(name, todo.state, this.#updates.conclude(name, todo));
    }
    if (todo.gone) this.#forget(situation);
    // The next request in line has a plan of its own coming.
    if (this.#requests.isNext(name, request)) this.enqueue(name);
  }

  #begins(name: string, job: JobAction): void {
    this.#requests.begun(name);
    this.#followers.cancel(name);
    // A start that fails may leave the unit as it was before.
    this.#leftovers.forget(name);
    if (job.kind === 'stop') {
      if (job.forget) this.#parts.records.delete(name);
      return;
    }
    const { lastGood, quarantined = [] } = this.#parts.lastings.get(name);
    const returning = quarantined.length > 0 && same(lastGood, job.start);
    this.#updates.begin(name, job.kind === 'start' ? '' : job.from, job.start.system, returning);
  }

  /** What came of a job is looked at; who asked for it finds the new state published. */
  #ended(name: string, outcome: string, thrown: unknown): void {
    if (thrown === undefined) {
      this.enqueue(name);
    } else {
      this.#retryLater(name);
      this.#gaveWay(name);
    }
    this.#waiters.tell();
    if (outcome !== '') void this.rendered().then(this.#requests.failing(name, outcome));
  }

  #retryLater(name: string): void {
    this.#retries.failed(name);
    if (this.#stirred.delete(name)) this.#queued.delete(name);
    if (this.#queued.has(name)) this.#wake();
  }

  /**
   * It failed for want of something on the host, and will be tried again, for ever. If not for the first time, then it
   * binds nobody meanwhile: not those that depend on it, nor those whose turn is after its own.
   */
  #gaveWay(name: string): void {
    if (this.#retries.isDoubtful(name)) return;
    this.#jobs.settled(name);
    const ended = this.#updates.fail(name);
    try {
      this.#dependants.heard(name, 'failed', ended);
    } catch (error) {
      const what = `cannot ask again what depends on ${name}: ${messageOf(error)}`;
      this.#parts.log.error({ err: error, name, action: 'reconcile' }, what);
    }
  }

  #forget({ name, unit }: Situation): void {
    const { world, views } = this.#parts;
    world.forget(name);
    this.#order.learn(name, []);
    this.#dependants.forget(name);
    views.delete(name);
    this.#leftovers.forget(name);
    this.#settling.delete(name);
    if (unit?.active === 'failed') resetFailed(this.#parts, name);
  }

  /** One name's failure is its own: it is told, published, and tried again with growing pauses. */
  #attempt([{ name }]: [Situation, Plan], work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      this.#failed(name, error);
      return false;
    }
  }

  readonly #failed = (name: string, error: unknown): void => {
    const { log, views } = this.#parts;
    const reason = `cannot reconcile ${name}: ${messageOf(error)}`;
    log.error({ err: error, name, action: 'reconcile' }, reason);
    views.setState(name, 'failed', reason);
    this.#settling.delete(name);
    this.#jobs.ask(name, undefined);
    this.#requests.fail(name, new NspawndError('Failed', reason, { cause: error }));
    this.#retries.failed(name);
    this.#inBatch.delete(name);
    this.#gaveWay(name);
  };

  #everyName(): Set<string> {
    return new Set([...this.#parts.world.names(), ...this.#parts.views.all.keys()]);
  }

  /** `''`: all of them, and whatever is about to be looked at. */
  #isSettledAt(name: string): boolean {
    if (name !== '') return this.#isSettled(name);
    if (this.#inBatch.size > 0 || this.#queued.size > this.#curious.size) return false;
    return [...this.#parts.views.all.keys()].every(each => this.#isSettled(each));
  }

  #isSettled(name: string): boolean {
    return !this.#isBusy(name) && !this.#jobs.isWaiting(name) && !this.#retries.isDoubtful(name);
  }

  #isBusy(name: string): boolean {
    return this.#isOpen(name) || this.#settling.has(name) || this.#jobs.has(name);
  }

  /** It is about to be looked at because something happened, or being looked at. */
  #isOpen(name: string): boolean {
    return (this.#queued.has(name) && !this.#curious.has(name)) || this.#inBatch.has(name);
  }

  #unsettled(name: string): string {
    const { views } = this.#parts;
    const names = name === '' ? [...views.all.keys()] : [name];
    const open = names.filter(each => !this.#isSettled(each));
    if (open.length === 0) return `${name === '' ? 'not everything' : name} has been looked at yet`;
    return listed(
      open.map(each => `${each} is still ${views.all.get(each)?.state ?? 'queued'}`),
      ', ',
    );
  }
}

/** It was begun, and has not had its last word: by us, or by a daemon before us. */
function isInUpdate({ settling, state }: Plan): boolean {
  return settling && (state === 'updating' || state === 'rolled-back');
}

function noSuchContainer(name: string): NspawndError {
  return new NspawndError('NoSuchContainer', `no container "${name}": there is no ${fileOf(name)}`);
}
