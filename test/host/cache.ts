import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/** Outside the repository: what is in it is large, and shared by all clones. */
export const cacheDirectory = join(process.env.XDG_CACHE_HOME || '/var/cache', 'nspawnd-test');

const UNUSED_DAYS = 30;

/**
 * The directory `KIND-KEY` of the cache; made by `make` if it isn't there. It appears whole or not at all, and when
 * several processes want it, one makes it and the others wait. What nobody used for a month is removed when
 * another of its kind is made.
 */
export async function cached(
  kind: string,
  key: string,
  make: (directory: string) => Promise<void>,
): Promise<string> {
  const directory = join(cacheDirectory, `${kind}-${key}`);
  if (await inUse(directory)) return directory;
  await mkdir(cacheDirectory, { recursive: true });
  await using _lock = await lock(`${directory}.lock`);
  if (await inUse(directory)) return directory;
  const unfinished = `${directory}.unfinished`;
  await remove(unfinished);
  await mkdir(unfinished, { mode: 0o755 });
  await make(unfinished);
  await rename(unfinished, directory);
  await removeUnused(`${kind}-`);
  return directory;
}

/** A short name for content made from these inputs: it changes when any of them does. */
export function keyOf(...inputs: string[]): string {
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 12);
}

/** flock(1) holds the lock and lets go when its stdin closes, thus also when this process dies. */
async function lock(path: string): Promise<AsyncDisposable> {
  await writeFile(path, '', { flag: 'a' });
  const holder = execa('flock', [path, 'sh', '-c', 'echo locked; cat'], { stdin: 'pipe', reject: false });
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once('data', () => resolve());
    holder.once('exit', code => reject(new Error(`cannot lock ${path}: flock ended with ${code}`)));
  });
  return {
    async [Symbol.asyncDispose]() {
      holder.stdin.end();
      await holder;
    },
  };
}

/** Whether it is there; if so, remembers that it was wanted. */
async function inUse(directory: string): Promise<boolean> {
  try {
    await utimes(directory, new Date(), new Date());
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function removeUnused(prefix: string): Promise<void> {
  const oldest = Date.now() - UNUSED_DAYS * 24 * 3600 * 1000;
  for (const name of await readdir(cacheDirectory)) {
    const path = join(cacheDirectory, name);
    if (name.startsWith(prefix) && !name.endsWith('.lock') && (await stat(path)).mtimeMs < oldest)
      await remove(path);
  }
}

/** Not by `rm` of Node: what was interrupted may have left something mounted in it. */
async function remove(path: string): Promise<void> {
  await execa('rm', ['-rf', '--one-file-system', path]);
}
