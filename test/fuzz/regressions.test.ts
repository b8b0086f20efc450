// Inputs that once did harm. `npm run fuzz` adds those that it finds; what they did is in each file.
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { campaign } from './campaign.ts';
import { REGRESSIONS, type Regression } from './regressions.ts';

const files = globSync(join(REGRESSIONS, '*.json')).sort();

test.each(files.map(file => [basename(file, '.json'), file]))('%s', async (_name, replay) => {
  const { target } = JSON.parse(readFileSync(replay, 'utf8')) as Regression;
  const { executions, examples } = await campaign({ target, seed: 0, cases: 1, replay });
  expect(examples.map(({ why }) => why)).toEqual([]);
  expect(executions).toBe(1);
});
