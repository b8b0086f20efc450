import { lstatSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LinkWatcher } from '../../src/adapters/link-watcher.ts';
import { Pass } from '../../src/adapters/pass.ts';

let directory: string;
let links: LinkWatcher;
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'link-watcher-')));
  links = new LinkWatcher(
    () => undefined,
    why => {
      throw new Error(why);
    },
  );
});
afterEach(() => {
  links.close();
  rmSync(directory, { recursive: true });
});

/** `name -> target` for a link, `name/` for a directory, else a file. */
function make(...entries: string[]): void {
  for (const entry of entries) {
    const [name = '', target] = entry.split(' -> ');
    const path = join(directory, name);
    if (target !== undefined) symlinkSync(target.replace(/^\//, `${directory}/`), path);
    else if (name.endsWith('/')) mkdirSync(path);
    else writeFileSync(path, '');
  }
}

function follow(path: string, pass?: Pass): string {
  const target = links.follow(path, `${directory}/${path}`, pass);
  return 'path' in target ? target.path : target.missing.replaceAll(directory, '');
}

describe('a path is resolved as the kernel does it', () => {
  it.each([
    ['a/b', ['a/', 'a/b']],
    ['a//./b/', ['a/', 'a/b/']],
    ['link', ['file', 'link -> file']],
    ['one', ['a/', 'a/file', 'one -> two', 'two -> /a/file']],
    ['a/up/file', ['a/', 'b/', 'b/file', 'a/up -> ../b']],
    // ".." goes by where a link leads to, not by how it was written.
    ['link/../file', ['a/', 'a/b/', 'a/file', 'file', 'link -> a/b']],
    ['link', ['a/', 'a/b/', 'x/', 'x/file', 'd -> a/b', 'link -> d/../../x/file']],
    ['a', ['a/']],
    ['.', []],
  ])('%s', (path, entries) => {
    make(...entries);
    expect(follow(path)).toBe(realpathSync.native(`${directory}/${path}`));
  });

  it.each([
    ['none', [], '/none does not exist'],
    ['a/none/b', ['a/'], '/a/none does not exist'],
    ['link', ['link -> none'], '/none does not exist'],
    ['file/b', ['file'], '/file is not a directory'],
    ['link/b', ['file', 'link -> file'], '/file is not a directory'],
    ['loop', ['loop -> loop'], '/loop has too many levels of links'],
    ['a', ['a -> b', 'b -> a'], expect.stringMatching(/^\/[ab] has too many levels of links$/)],
  ])('%s leads nowhere', (path, entries, why) => {
    make(...entries);
    expect(follow(path)).toEqual(why);
  });

  it('at any number of links that the kernel follows, and no more', () => {
    make('0');
    for (let index = 1; index <= 41; index++) make(`${index} -> ${index - 1}`);
    expect(follow('40')).toBe(`${directory}/0`);
    expect(() => realpathSync.native(`${directory}/41`)).toThrow('ELOOP');
    expect(follow('41')).toMatch(/too many levels of links$/);
  });
});

it('is looked up afresh in each pass, and for each link in it', () => {
  make('a/', 'a/web', 'b/', 'b/web', 'current -> a');
  const pass = new Pass();
  expect(follow('current/web', pass)).toBe(`${directory}/a/web`);
  rmSync(join(directory, 'current'));
  make('current -> b');
  expect(follow('current/web', new Pass())).toBe(`${directory}/b/web`);
});

it('is told of by every directory that it depends on', async () => {
  make(
    'profiles/',
    'systems/',
    'systems/1/',
    'systems/2/',
    'profiles/web -> ../latest',
    'latest -> systems/1',
  );
  const { promise: told, resolve: changed } = Promise.withResolvers<string>();
  using watcher = disposable(new LinkWatcher(changed, changed));
  watcher.follow('web', join(directory, 'profiles/web'));
  rmSync(join(directory, 'latest'));
  make('latest -> systems/2');
  expect(await told).toBe('web');
  expect(watcher.follow('web', join(directory, 'profiles/web'))).toEqual({ path: `${directory}/systems/2` });
  expect(lstatSync(join(directory, 'latest')).isSymbolicLink()).toBe(true);
});

function disposable(watcher: LinkWatcher): LinkWatcher & Disposable {
  return Object.assign(watcher, { [Symbol.dispose]: () => watcher.close() });
}
