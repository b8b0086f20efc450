// Inputs that once did harm. `npm run fuzz` adds those that it finds; what they did is in each file.
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type CampaignResult, campaign } from './campaign.ts';
import { REGRESSIONS } from './regressions.ts';

const files = globSync(join(REGRESSIONS, '*.json')).sort();
let result: CampaignResult | undefined;

// In a process of its own, as some of them hang, or end it, where they still do harm.
beforeAll(async () => {
  result = await campaign({ target: 'regressions', seed: 0, replay: files });
}, 600_000);

test.each(files.map((file, at) => [basename(file, '.json'), at] as const))('%s', (_name, at) => {
  const found = result?.examples.filter(failed => failed.at === at) ?? [{ why: 'not run' }];
  expect(found.map(({ why }) => why)).toEqual([]);
});

test('all of them are run', () => {
  expect(result?.executions).toBe(files.length);
});
