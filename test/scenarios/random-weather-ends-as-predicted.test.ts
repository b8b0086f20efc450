import { expect, it } from 'vitest';
import { Soak } from './soak/soak.ts';
import { onEachSystemd } from './world.ts';

/*
 * The same weather each time, so that a failure can be looked into. Another one, and longer:
 *   SOAK_SEED=17 SOAK_STEPS=1000 npx vitest run test/scenarios/random-weather-ends-as-predicted.test.ts
 */
const SEED = Number(process.env.SOAK_SEED ?? 1);
const STEPS = Number(process.env.SOAK_STEPS ?? 200);

onEachSystemd(`random weather over five containers, seed ${SEED}`, get => {
  it(`ends as predicted, through ${STEPS} steps`, { timeout: 60_000 + STEPS * 5000 }, async () => {
    expect.assertions(1);
    const soak = await Soak.begin(get().host, SEED);
    for (let step = 1; step <= STEPS; step++) await soak.step(step);
    await soak.lookAtAll();
    expect(soak.worldsOf('web')).toHaveLength(1);
  });
});
