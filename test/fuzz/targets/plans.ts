import { describe } from '../../../src/plan/actions.ts';
import { lastingAfter, recordAfter } from '../../../src/plan/effects.ts';
import { type Plan, plan } from '../../../src/plan/plan.ts';
import type { Situation } from '../../../src/plan/situation.ts';
import { Random } from '../../scenarios/soak/random.ts';
import { expect, expectEqual } from '../expect.ts';
import { someSituation } from '../generate/situation.ts';
import { type Target, TURN_MS } from '../target.ts';

const MOST_ACTIONS = 50;
const STATES = [
  ...[
    'stopped',
    'starting',
    'running',
    'updating',
    'degraded',
    'rolled-back',
    'failed',
    'waiting',
    'invalid',
    'held',
  ],
];

/**
 * Situations that need not make sense, as files of state may say anything: a plan is made all the same, always the same,
 * of a bounded number of actions, and what is known after each of them can be told. The input is a seed.
 */
export const plans: Target<number> = {
  name: 'plans',
  limitMs: TURN_MS,
  generate: random => random.below(2 ** 32),
  check(seed) {
    const todo = checkPlan(someSituation(new Random(seed)));
    expectEqual(plan(someSituation(new Random(seed))), todo, 'the plan made again, of the same situation');
  },
};

/** A plan that can be carried out; what is known after each of its actions can be told. */
export function checkPlan(given: Situation): Plan {
  const todo = plan(given);
  expect(STATES.includes(todo.state), `state ${todo.state}`);
  expect(todo.actions.length < MOST_ACTIONS, `${todo.actions.length} actions`);
  let { record, lasting } = given;
  for (const action of todo.actions) {
    describe(action);
    record = recordAfter(record, action);
    lasting = lastingAfter(lasting, action);
  }
  JSON.stringify([record, lasting]);
  return todo;
}
