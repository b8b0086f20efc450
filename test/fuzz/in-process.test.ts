// Bad input at every border, for a short time: the same cases each run, as many as the machine manages. For more of them:
// npm run fuzz -- 600
import { expect, test } from 'vitest';
import { campaign } from './campaign.ts';
import { targets } from './targets.ts';

const SECONDS = 40;
const SEED = 1;
let executions = 0;

test.each(targets.map(({ name }) => name))('%s', async target => {
  const seconds = SECONDS / targets.length;
  const result = await campaign({ target, seed: SEED, seconds });
  executions += result.executions;
  console.log(`fuzz: ${target}: ${result.executions} executions, ${result.failures} failures`);
  const told = result.examples.map(
    ({ why, at }) => `${why}\n  again: npm run fuzz -- --target ${target} --seed ${SEED} --case ${at}`,
  );
  expect(told).toEqual([]);
});

test('enough cases were run to mean something', () => {
  console.log(`fuzz: ${executions} executions`);
  expect(executions).toBeGreaterThan(1_000);
});
