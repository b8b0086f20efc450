import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { lookAtExposure, lookAtSource } from '../../src/adapters/bind-sources.ts';

const directory = mkdtempSync(join(tmpdir(), 'nspawnd-sources-'));
afterAll(() => rmSync(directory, { recursive: true }));

test('a source is what its links lead to', () => {
  mkdirSync(join(directory, 'real'));
  symlinkSync('real', join(directory, 'link'));
  expect(lookAtSource(join(directory, 'link'))).toMatchObject({
    found: 'there',
    path: join(directory, 'real'),
    submount: '',
  });
});

test('a source of which something is missing on the way is missing', () => {
  writeFileSync(join(directory, 'file'), '');
  symlinkSync('nowhere', join(directory, 'dangling'));
  symlinkSync('loop', join(directory, 'loop'));
  for (const path of ['nothing', 'file/below', 'dangling', 'loop'])
    expect(lookAtSource(join(directory, path)).found).toBe('missing');
});

test('the type of a file system is not what its magic number says', () => {
  expect(lookAtSource('/proc/self/fd').fileSystem).toBe('proc');
  expect(lookAtSource('/proc').path).toBe('/proc');
});

test('the directories above a source are looked at from the root on', () => {
  const path = join(directory, 'closed/app');
  mkdirSync(path, { recursive: true });
  chmodSync(join(directory, 'closed'), 0o700);
  const { ancestors, kind } = lookAtExposure(path);
  expect(kind).toBe('directory');
  expect(ancestors.map(each => each.path)).toEqual(
    expect.arrayContaining(['/', directory, join(directory, 'closed')]),
  );
  expect(ancestors.at(-1)).toMatchObject({ owner: process.getuid?.() });
  expect((ancestors.at(-1)?.mode ?? 0) & 0o777).toBe(0o700);
});

test('of many directories above a source the first are looked at', () => {
  const { ancestors } = lookAtExposure('/d'.repeat(2000));
  expect(ancestors.map(({ path }) => path).slice(0, 3)).toEqual(['/', '/d', '/d/d']);
  expect(ancestors).toHaveLength(64);
});

test('what is not there to be seen is taken to be open', () => {
  const { ancestors, kind } = lookAtExposure(join(directory, 'not/there'));
  expect(kind).toBe('other');
  expect((ancestors.at(-1)?.mode ?? 0) & 0o777).toBe(0o777);
});
