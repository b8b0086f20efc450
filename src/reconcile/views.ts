import { MAX_REASON } from '../model/bounds.ts';
import type { ContainerState, ContainerView, UpdateResult } from '../model/container.ts';
import { unitOf } from '../model/name.ts';
import { sanitize, shortened } from '../model/text.ts';
import { hasFailed } from '../model/verdict.ts';
import type { Plan } from '../plan/plan.ts';
import type { Lasting, MachineRecord, Quarantine, Situation } from '../plan/situation.ts';
import type { Publisher } from '../service/operations.ts';
import { now } from './clock.ts';

/** What is published of the containers. */
export class Views {
  readonly #views = new Map<string, ContainerView>();
  #failed = 0;
  #publisher: Publisher | undefined;

  get all(): ReadonlyMap<string, ContainerView> {
    return this.#views;
  }

  /** How many have failed (model/verdict.ts). */
  get failed(): number {
    return this.#failed;
  }

  publishTo(publisher: Publisher): void {
    this.#publisher = publisher;
  }

  /** Publishes what a plan says of a container. */
  show({ declared, name, record }: Situation, plan: Plan, machine: string): void {
    const before = this.#views.get(name);
    const declaration = declared.kind === 'valid' ? declared.declaration : undefined;
    const { lasting, verdict } = plan;
    this.#set({
      ...(before ?? { ...unknown(name), ...updateOf(record.updated) }),
      state: plan.state,
      reason: plan.reason,
      machine,
      profile: declaration?.path ?? before?.profile ?? '',
      desired: plan.desired,
      booted: plan.booted?.system ?? '',
      running: plan.runs?.system ?? '',
      lastGood: lasting.lastGood?.system ?? '',
      quarantined: quarantined(before, lasting),
      held: lasting.hold !== undefined,
      guestState: verdict?.guestState ?? '',
      failedUnits: verdict?.failedUnits ?? NONE,
      evidence: evidenceOf(plan),
      strategy: declaration?.activation.strategy ?? before?.strategy ?? '',
      autoStart: declaration?.autoStart ?? before?.autoStart ?? false,
    });
  }

  /** Publishes a state that no plan tells: a job under way, or a failure to read or to act. */
  setState(name: string, state: ContainerState, reason: string): void {
    this.#set({ ...(this.#views.get(name) ?? unknown(name)), state, reason });
  }

  setMachine(name: string, machine: string): void {
    const view = this.#views.get(name);
    if (view !== undefined) this.#set({ ...view, machine });
  }

  /** Publishes what is dangerous about a container on this host. */
  setHazards(name: string, hazards: readonly string[]): void {
    const view = this.#views.get(name);
    if (view === undefined || view.hazards.join('\n') === hazards.join('\n')) return;
    this.#set({ ...view, hazards });
  }

  /** Publishes when the last start or update ended. */
  setUpdated(name: string, updated: MachineRecord['updated']): void {
    const view = this.#views.get(name);
    if (view !== undefined) this.#set({ ...view, ...updateOf(updated) });
  }

  delete(name: string): void {
    const before = this.#views.get(name);
    if (before === undefined) return;
    this.#views.delete(name);
    this.#count(before, undefined);
    this.#publisher?.changed(before, undefined);
  }

  managerChanged(): void {
    this.#publisher?.managerChanged();
  }

  updateStarted(name: string, from: string, to: string): void {
    this.#publisher?.updateStarted(name, from, to, this.#views.get(name)?.strategy ?? '');
  }

  updateFinished(name: string, from: string, to: string, result: UpdateResult): void {
    this.#publisher?.updateFinished(name, from, to, result);
  }

  #set(given: ContainerView): void {
    const before = this.#views.get(given.name);
    const view = before?.reason === given.reason ? given : { ...given, reason: shown(given.reason) };
    if (before !== undefined && isSame(before, view)) return;
    const after = before?.state === view.state ? view : { ...view, stateTimestamp: now() };
    this.#views.set(view.name, after);
    this.#count(before, after);
    this.#publisher?.changed(before, after);
  }

  #count(before: ContainerView | undefined, after: ContainerView | undefined): void {
    if (before !== undefined && hasFailed(before.state)) this.#failed--;
    if (after !== undefined && hasFailed(after.state)) this.#failed++;
  }
}

/** Most looks find what the one before found: then nothing is published, and nothing encoded anew. */
function isSame(before: ContainerView, after: ContainerView): boolean {
  return (Object.keys(after) as (keyof ContainerView)[]).every(key => isEqual(before[key], after[key]));
}

function isEqual(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
  return one.every((each, index) => each === other[index]);
}

/** Whatever others have a part in a reason: it can be shown, and has a bound. */
function shown(reason: string): string {
  return sanitize(shortened(reason, MAX_REASON));
}

const NONE: readonly string[] = [];
const NONE_YET: readonly Quarantine[] = [];

/** Of what was tried last and found bad; where nothing is in quarantine, of what runs and is not well. */
function evidenceOf({ lasting: { quarantined = NONE_YET }, verdict }: Plan): readonly string[] {
  return quarantined.at(-1)?.evidence ?? verdict?.evidence ?? NONE;
}

function updateOf(
  updated: MachineRecord['updated'],
): Pick<ContainerView, 'updatedTimestamp' | 'updateUSec'> | undefined {
  if (updated === undefined) return undefined;
  return { updatedTimestamp: BigInt(updated.timestamp), updateUSec: BigInt(updated.duration) };
}

/** The same array as before while it says the same, so that nothing is published anew. */
function quarantined(
  before: ContainerView | undefined,
  { quarantined: entries = NONE_YET }: Lasting,
): readonly string[] {
  const systems = [...new Set(entries.map(({ system }) => system))];
  return before?.quarantined.join(' ') === systems.join(' ') ? before.quarantined : systems;
}

function unknown(name: string): ContainerView {
  return {
    name,
    state: 'stopped',
    reason: '',
    unit: unitOf(name),
    machine: '/',
    profile: '',
    desired: '',
    booted: '',
    running: '',
    lastGood: '',
    quarantined: [],
    held: false,
    guestState: '',
    failedUnits: [],
    evidence: NONE,
    hazards: [],
    strategy: '',
    autoStart: false,
    updatedTimestamp: 0n,
    updateUSec: 0n,
    stateTimestamp: 0n,
  };
}
