import { isJob } from '../plan/actions.ts';
import { type Plan, plan } from '../plan/plan.ts';
import type { Situation } from '../plan/situation.ts';
import { namesAfter } from '../render/features/service.ts';
import type { Order } from './order.ts';
import type { Requests } from './requests.ts';
import type { Reading, World } from './world.ts';

export type Planned = [Situation, Plan];
/** Is told of a name that could not be read. */
type Failed = (name: string, error: unknown) => void;

/** Reads everything about names, learns who depends on whom, and plans what is to be done about each. */
export class Planner {
  readonly #world: World;
  readonly #requests: Requests;
  readonly #order: Order;

  constructor(world: World, requests: Requests, order: Order) {
    this.#world = world;
    this.#requests = requests;
    this.#order = order;
  }

  async plans(names: readonly string[], failed: Failed): Promise<Planned[]> {
    return this.#planAll(await this.#world.read(names, name => this.#requests.next(name)), failed);
  }

  /** The same for those who only want to know: other things have their turn in between. */
  async plansInSlices(names: readonly string[], failed: Failed): Promise<Planned[]> {
    const plans: Planned[] = [];
    for await (const readings of this.#world.readInSlices(names, name => this.#requests.next(name)))
      plans.push(...this.#planAll(readings, failed));
    return plans;
  }

  #planAll(readings: readonly Reading[], failed: Failed): Planned[] {
    return readings.flatMap((reading): Planned[] => {
      try {
        if ('error' in reading) throw reading.error;
        this.#order.learn(reading.name, dependenciesIn(reading));
        return [[reading, plan(reading)]];
      } catch (error) {
        failed(reading.name, error);
        return [];
      }
    });
  }

  /**
   * A machine that is to be started or stopped is looked at together with those that it is tied to by dependsOn, so
   * that what changes at the same time is known in time: who comes first is decided when all of it is.
   */
  async plansTogether(
    names: readonly string[],
    joins: (name: string) => boolean,
    failed: Failed,
  ): Promise<Planned[]> {
    const failures = new Map<string, unknown>();
    const plans = await this.plans(names, (name, error) => failures.set(name, error));
    const moving = plans.flatMap(([{ name }, { actions }]) => (actions.some(isJob) ? [name] : []));
    const more = [...this.#order.relativesOf(moving)].filter(joins);
    if (more.length > 0) return this.plans([...names, ...more], failed);
    for (const [name, error] of failures) failed(name, error);
    return plans;
  }
}

/** As declared; of one whose declaration is gone or can't be followed, as its unit has it. */
function dependenciesIn({ declared, files }: Situation): readonly string[] {
  if (declared.kind === 'valid') return declared.declaration.dependsOn;
  return namesAfter(files.find(({ kind }) => kind === 'drop-in')?.content ?? '');
}
