// Hostile acts on a host with the real daemon, for a short time: npm run fuzz -- 600 --target daemon-forky
import { expect, test } from 'vitest';
import { suites } from '../host/index.ts';
import { fuzzDaemon } from './daemon/fuzz-daemon.ts';

const SECONDS = 10;
const SEED = 1;

test.each(suites)('nothing from outside hurts the daemon on %s', { timeout: 300_000 }, async suite => {
  const { executions, failures, examples, target } = await fuzzDaemon({
    suite,
    seed: SEED,
    seconds: SECONDS,
  });
  console.log(`fuzz: ${target}: ${executions} executions, ${failures} failures`);
  const told = examples.map(
    ({ why, at }) => `${why}\n  again: npm run fuzz -- --target ${target} --seed ${SEED} --case ${at}`,
  );
  expect(told).toEqual([]);
});
