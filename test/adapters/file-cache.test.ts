import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileCache } from '../../src/adapters/file-cache.ts';

/** So long after a change nothing can change any more in the same tick of the clock. */
const LATER_MS = 60_000;

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'file-cache-'));
  file = join(directory, 'web.nspawn');
  writeFileSync(file, 'one');
  setTime();
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A cache, as it is long after the last change, that counts how often something is read. */
function counting() {
  const cache = new FileCache(() => Date.now() + LATER_MS);
  let reads = 0;
  const read = <T>(path: string, make: (path: string) => T) =>
    cache.read('web', path, () => {
      reads++;
      return make(path);
    });
  return {
    cache,
    text: () => read(file, path => readFileSync(path, 'utf8')),
    entries: () => read(directory, path => readdirSync(path)),
    reads: () => reads,
  };
}

/** As an editor that writes in place: neither size nor inode tell of it, nor the time that can be set. */
function overwrite(text: string): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, text, 0);
  closeSync(descriptor);
  setTime();
}

function setTime(): void {
  utimesSync(file, 1, 1);
}

describe('what has not changed', () => {
  it('is read once', () => {
    const { text, entries, reads } = counting();
    expect([text(), text(), entries(), entries()]).toEqual(['one', 'one', ['web.nspawn'], ['web.nspawn']]);
    expect(reads()).toBe(2);
  });

  it('is read again when its owner was forgotten', () => {
    const { cache, text, reads } = counting();
    text();
    cache.forget('web');
    text();
    expect(reads()).toBe(2);
  });

  it('is read each time while it is so young that a change would not show', () => {
    const cache = new FileCache();
    let reads = 0;
    const read = () => cache.read('web', file, () => reads++);
    read();
    read();
    expect(reads).toBe(2);
  });
});

describe('what has changed is seen', () => {
  it.each<[string, () => void, string | undefined]>([
    ['written in place, of the same size, its time set back', () => overwrite('two'), 'two'],
    ['written anew', () => writeFileSync(file, 'three'), 'three'],
    ['replaced', () => replace('two'), 'two'],
    ['removed', () => rmSync(file), undefined],
    [
      'made a link',
      () => {
        writeFileSync(`${file}.target`, 'two');
        symlinkSync(`${file}.target`, `${file}.new`);
        renameSync(`${file}.new`, file);
      },
      'two',
    ],
  ])('when a file is %s', (_, change, after) => {
    const { text } = counting();
    expect(text()).toBe('one');
    change();
    expect(text()).toBe(after);
  });

  it('when a file comes back', () => {
    const { text } = counting();
    text();
    rmSync(file);
    text();
    writeFileSync(file, 'one again');
    expect(text()).toBe('one again');
  });

  it.each<[string, () => void, string[]]>([
    ['gets an entry', () => mkdirSync(join(directory, 'usr')), ['usr', 'web.nspawn']],
    ['loses an entry', () => rmSync(file), []],
    ['has an entry renamed', () => renameSync(file, join(directory, 'other')), ['other']],
  ])('when a directory %s', (_, change, after) => {
    const { entries } = counting();
    expect(entries()).toEqual(['web.nspawn']);
    change();
    expect(entries()?.sort()).toEqual(after);
  });

  it('when a link in a directory points elsewhere', () => {
    const { cache } = counting();
    const read = () => cache.read('web', directory, () => readFileSync(join(directory, 'link'), 'utf8'));
    writeFileSync(join(directory, 'a'), 'a');
    writeFileSync(join(directory, 'b'), 'b');
    symlinkSync('a', join(directory, 'link'));
    expect(read()).toBe('a');
    symlinkSync('b', join(directory, 'new'));
    renameSync(join(directory, 'new'), join(directory, 'link'));
    expect(read()).toBe('b');
  });
});

it('says what cannot be read, and keeps the cause', () => {
  const { cache } = counting();
  expect(() => cache.text('web', directory, { max: 10 })).toThrow(`cannot read ${directory}`);
});

function replace(text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}
