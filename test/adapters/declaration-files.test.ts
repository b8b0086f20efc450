import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listDeclarations } from '../../src/adapters/declaration-files.ts';
import { watchDeclarations } from '../../src/adapters/declaration-watch.ts';
import { deadline } from '../host/deadline.ts';
import { processorTime } from '../processor-time.ts';

let directory: string;
const at = (file: string) => join(directory, file);
/** `web` and a byte that is no UTF-8. */
const mangled = () => Buffer.concat([Buffer.from(at('web')), Buffer.from([0xff]), Buffer.from('.json')]);

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'declarations-')), 'containers');
  mkdirSync(directory);
});
afterEach(() => rmSync(join(directory, '..'), { recursive: true }));

describe('the list of declarations', () => {
  it('has machine names only, and says what else is refused', () => {
    for (const file of [
      'web.json',
      'db-1.json',
      'a_b.json',
      '\u202e\n.json',
      '.web.json',
      'web.json~',
      'README',
      '.json',
    ])
      writeFileSync(at(file), '{}');
    writeFileSync(mangled(), '{}');
    const { names, refused } = listDeclarations(directory);
    expect(names.toSorted()).toEqual(['db-1', 'web']);
    expect(refused.toSorted()).toEqual(
      [
        `${directory}/.json: "\\u202e\\n" is not a valid machine name`,
        `${directory}/a_b.json: "a_b" is not a valid machine name`,
        `${directory}/web\ufffd.json: "web\ufffd" is not valid UTF-8`,
      ].toSorted(),
    );
  });

  it('is bounded, whatever is in the directory', () => {
    for (let file = 0; file < 20_000; file++) writeFileSync(at(`a_${file}.json`), '');
    const spent = processorTime();
    const { names, refused } = listDeclarations(directory);
    expect(spent()).toBeLessThan(1000);
    expect(names).toEqual([]);
    expect(refused.length).toBe(22);
    expect(refused.slice(-2)).toEqual([
      `${directory}: 8172 more files with names that are no machine names`,
      `${directory} has more than 8192 entries: the others are not looked at`,
    ]);
  });
});

describe('the watch on declarations', () => {
  it('tells of each change once it has settled, of links to nothing and bad names too', async () => {
    writeFileSync(at('old.json'), '{}');
    const seen = watching();
    symlinkSync('nowhere', at('dangling.json'));
    expect(await seen.next()).toEqual(['dangling']);
    symlinkSync('loop.json', at('loop.json'));
    expect(await seen.next()).toEqual(['loop']);
    writeFileSync(mangled(), '{}');
    expect(await seen.next()).toEqual(['(other)']);
    writeFileSync(at('a_b.json'), '{}');
    expect(await seen.next()).toEqual(['(other)']);
    appendFileSync(at('old.json'), ' ');
    expect(await seen.next()).toEqual(['old']);
    unlinkSync(at('dangling.json'));
    expect(await seen.next()).toEqual(['dangling']);
    seen.close();
  });

  it('takes what an editor does to save a file for one change', async () => {
    writeFileSync(at('web.json'), '{}');
    const seen = watching();
    renameSync(at('web.json'), at('web.json~'));
    expect(seen.now()).toEqual([]);
    writeFileSync(at('web.json'), '{ ');
    appendFileSync(at('web.json'), '}');
    unlinkSync(at('web.json~'));
    expect(await seen.next()).toEqual(['(other)', 'web']);
    expect(seen.now()).toEqual([]);
    seen.close();
  });

  it('tells what changes all the time in time', async () => {
    const seen = watching();
    let writes = 0;
    const busy = setInterval(() => writeFileSync(at('web.json'), `${writes++}`), 5);
    expect(await seen.next()).toEqual(['web']);
    clearInterval(busy);
    expect(writes).toBeGreaterThan(1);
    seen.close();
  });
});

/** A watch that stands, and the names that it tells of at once. */
function watching() {
  let batch: string[] = [];
  let told = Promise.withResolvers<string[]>();
  const tell = (name: string) => {
    if (batch.push(name) === 1) queueMicrotask(() => told.resolve(batch.toSorted()));
  };
  const watch = watchDeclarations(directory, {
    changed: tell,
    other: () => tell('(other)'),
    lost: () => tell('(lost)'),
    counted: () => undefined,
    failed: error => told.reject(error),
  });
  return {
    now: () => batch,
    async next(): Promise<string[]> {
      using late = deadline(10_000, 'a change was not told');
      const names = await Promise.race([told.promise, late.expired]);
      batch = [];
      told = Promise.withResolvers();
      return names;
    },
    close: watch.close,
  };
}
