import { createHash } from 'node:crypto';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/** Outside the repository: what is in it is large, and shared by all clones. */
export const cacheDirectory = join(process.env.XDG_CACHE_HOME || '/var/cache', 'nspawnd-test');

/**
 * The directory `name` of the cache; made by `make` if it isn't there. It appears whole or not at all, and when
 * several processes want it, one makes it and the others wait.
 */
export async function cached(name: string, make: (directory: string) => Promise<void>): Promise<string> {
  const directory = join(cacheDirectory, name);
  if (await exists(directory)) return directory;
  await mkdir(cacheDirectory, { recursive: true });
  await using _lock = await lock(`${directory}.lock`);
  if (await exists(directory)) return directory;
  const unfinished = `${directory}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o755 });
  await make(unfinished);
  await rename(unfinished, directory);
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

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
