import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { walk } from '../../src/adapters/link-walk.ts';
import { processorTime } from '../processor-time.ts';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'link-walk-')));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Numbers below a bound, the same each time (Park and Miller). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

/** A path of a few names that mostly exist, with everything that a path may have between them. */
function somePath(next: (below: number) => number, names: readonly string[]): string {
  const pick = () => [...names, '..', '.', '', 'none'][next(names.length + 4)];
  const path = Array.from({ length: 1 + next(4) }, pick).join('/');
  return next(4) === 0 ? join(root, path.replaceAll('..', '.')) + (next(3) === 0 ? '/' : '') : path || '.';
}

test('random graphs of links lead where the kernel goes, with what is known and without', () => {
  const next = randomFrom(20_261_128);
  const seen = { target: 0, nowhere: 0, loop: 0 };
  for (let graph = 0; graph < 150; graph++) {
    const base = join(root, String(graph));
    const paths = [base];
    mkdirSync(base);
    for (let entry = 0; entry < 14; entry++) {
      const above = paths[next(paths.length)] ?? base;
      const path = join(above, NAMES[next(NAMES.length)] ?? 'a');
      try {
        const kind = next(5);
        if (kind === 0) writeFileSync(path, '', { flag: 'wx' });
        else if (kind === 1) {
          mkdirSync(path);
          paths.push(path);
        } else symlinkSync(somePath(next, NAMES), path);
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/EEXIST|ENOENT|ENOTDIR|ELOOP/) });
      }
    }
    const known = new Map<string, number>();
    for (let attempt = 0; attempt < 40; attempt++) {
      const path = `${paths[next(paths.length)]}/${somePath(next, NAMES).replace(/^\//, '')}`;
      const kernel = realpathOf(path);
      for (const directories of [known, new Map<string, number>()]) {
        const { target } = walk(path, directories);
        expect([path, 'path' in target ? target.path : undefined]).toEqual([path, kernel.path]);
      }
      seen[kernel.path !== undefined ? 'target' : kernel.code === 'ELOOP' ? 'loop' : 'nowhere'] += 1;
    }
  }
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(50);
});

test('links count in all, as the kernel has it, and not those inside each other', () => {
  mkdirSync(join(root, 'd'));
  symlinkSync('.', join(root, 'd/l'));
  const through = (links: number) => join(root, 'd', 'l/'.repeat(links));
  expect(realpathOf(through(40)).path).toBe(join(root, 'd'));
  expect(walk(through(40), new Map()).target).toEqual({ path: join(root, 'd') });
  expect(realpathOf(through(41)).code).toBe('ELOOP');
  expect(walk(through(41), new Map()).target).toEqual({
    missing: `${root}/d/l has too many levels of links`,
  });
});

test.each([
  [
    '200 links in each of 300 links',
    (at: number) =>
      Array(200)
        .fill(`l${at - 1}`)
        .join('/'),
  ],
  ['40 links as long as can be', (at: number) => `${'./'.repeat(2000)}l${at - 1}`],
  ['ever deeper directories', (at: number) => `${'d/../'.repeat(800)}l${at - 1}`],
])('%s are not followed for long', (_, text) => {
  mkdirSync(join(root, 'd'));
  symlinkSync('.', join(root, 'l0'));
  for (let at = 1; at <= 300; at++) symlinkSync(text(at), join(root, `l${at}`));
  const spent = processorTime();
  const { target, way } = walk(join(root, 'l300'), new Map());
  expect(spent()).toBeLessThan(50);
  expect(target).toEqual({ missing: expect.stringMatching(/more than 1000 names$/) });
  expect(way.length).toBeLessThan(1000);
});

test('no more than 64 directories are to be watched for one path', () => {
  const path = join(root, ...Array(80).fill('d'));
  mkdirSync(path, { recursive: true });
  const { target, way } = walk(path, new Map());
  expect(target).toEqual({ missing: `${path} leads through more than 64 directories` });
  expect(new Set(way.map(({ directory }) => directory)).size).toBe(64);
});

test('a way back by .. depends on all that came before it', () => {
  mkdirSync(join(root, 'a/b'), { recursive: true });
  symlinkSync('a/b/../../target', join(root, 'link'));
  writeFileSync(join(root, 'target'), '');
  const { target, way } = walk(join(root, 'link'), new Map());
  expect(target).toEqual({ path: join(root, 'target') });
  const steps = way.map(({ directory, entry }) => join(directory, entry).slice(root.length));
  expect(steps).toEqual(expect.arrayContaining(['/link', '/a', '/a/b', '/target']));
});

function realpathOf(path: string): { path?: string; code?: string } {
  try {
    return { path: realpathSync.native(path) };
  } catch (error) {
    return { code: (error as NodeJS.ErrnoException).code ?? '' };
  }
}
