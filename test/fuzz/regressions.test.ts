// Inputs that once did harm. `npm run fuzz` adds those that it finds; what they did is in each file.
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { failureOf } from './execute.ts';
import { targetNamed } from './targets.ts';

const files = globSync(join(import.meta.dirname, 'regressions/*.json')).sort();
const workspace = mkdtempSync(join(tmpdir(), 'nspawnd-fuzz-'));
afterAll(() => rmSync(workspace, { recursive: true, force: true }));

test.each(files.map(file => [basename(file, '.json'), file]))('%s', async (_name, file) => {
  const { target, input } = JSON.parse(readFileSync(file, 'utf8'));
  expect(await failureOf(targetNamed(target), input, workspace)).toBeUndefined();
});
