import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileCache } from '../../src/adapters/file-cache.ts';
import { isUnusable, readIfThere, readText } from '../../src/adapters/files.ts';
import { messageOf } from '../../src/model/errors.ts';
import { makeSocket, ODD_THINGS } from './odd-things.ts';

const MIB = 1024 * 1024;
const OPTIONS = { max: MIB, strict: true };

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'files-'));
  path = join(directory, 'web.json');
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('reading something that is no small file ends at once and says what it is', () => {
  it.each(Object.entries(ODD_THINGS))('%s', (_, { make, why }) => {
    make(path);
    const before = process.memoryUsage().rss;
    const began = performance.now();
    const error = thrownBy(() => readIfThere(path, OPTIONS));
    expect(messageOf(error)).toMatch(why);
    expect(messageOf(error)).toMatch(new RegExp(`^cannot read ${path}: `));
    expect(isUnusable(error)).toBe(true);
    expect(messageOf(thrownBy(() => new FileCache().text('web', path, OPTIONS)))).toMatch(why);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(50 * MIB);
  });

  it('a socket', async () => {
    const server = await makeSocket(path);
    expect(messageOf(thrownBy(() => readIfThere(path, OPTIONS)))).toMatch(
      /it is not a regular file \(a socket\)/,
    );
    await new Promise(resolve => server.close(resolve));
  });

  it('bytes that are no text', () => {
    writeFileSync(path, Buffer.from([0x22, 0xff, 0x22]));
    expect(messageOf(thrownBy(() => readIfThere(path, OPTIONS)))).toMatch(/it is not valid UTF-8/);
    expect(readIfThere(path, { max: MIB })).toBe('"\ufffd"');
  });
});

describe('a file is read whole', () => {
  it.each([0, 1, 4095, 4096, 4097, MIB - 1, MIB])('of %i bytes', size => {
    writeFileSync(path, 'x'.repeat(size));
    expect(readText(path, OPTIONS).text.length).toBe(size);
  });

  it('but not with a byte more than allowed', () => {
    writeFileSync(path, 'x'.repeat(MIB + 1));
    expect(() => readText(path, OPTIONS)).toThrow('it is larger than 1 MiB');
  });

  it('also when it says that it is empty, as those of the kernel do', () => {
    expect(readText('/proc/self/status', OPTIONS).text).toMatch(/^Name:\s+\S+/);
    expect(() => readText('/proc/self/status', { max: 100 })).toThrow('it is larger than 100 bytes');
  });
});

it('nothing there, and a link to nothing, are none', () => {
  expect(readIfThere(path, OPTIONS)).toBeUndefined();
  symlinkSync('nowhere', path);
  expect(readIfThere(path, OPTIONS)).toBeUndefined();
});

it('what the system says of a path is fit to be shown', () => {
  const odd = join(directory, '\u009b31m\u202e\n');
  expect(messageOf(thrownBy(() => readText(odd, OPTIONS)))).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
