import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { cached, keyOf } from './cache.ts';
import type { Host } from './host.ts';
import { progress } from './progress.ts';
import { rootKey, type Suite } from './root-tree.ts';

const RECIPE = join(import.meta.dirname, 'guest');

/** Store paths that all guests of a suite share. */
export interface GuestParts {
  busybox: string;
  userland: string;
  tiny: string;
  /** The scripts that build a toplevel. */
  recipe: string;
}

export interface GuestSeed {
  /** A whole /nix with the parts in its store. */
  nix: string;
  parts: GuestParts;
}

/**
 * What a host's /nix begins with; made once per suite, by the Nix of a host that `boot` boots, and kept in the
 * cache: adding some hundred files to the store of every host would take seconds each time.
 */
export async function guestSeed(
  suite: Suite,
  boot: (mounts: Record<string, string>) => Promise<Host>,
): Promise<GuestSeed> {
  const directory = await cached(`nix-${suite}`, await key(suite), async unfinished => {
    progress(`building the parts of guests for ${suite}, once`);
    await using host = await boot({ '/mnt/recipe': RECIPE });
    const parts = await host.run(['sh', '/mnt/recipe/parts.sh', '/mnt/recipe']);
    await execa('cp', ['-a', `/proc/${host.leader}/root/nix`, unfinished]);
    await writeFile(join(unfinished, 'parts.json'), parts.stdout);
  });
  const parts = JSON.parse(await readFile(join(directory, 'parts.json'), 'utf8')) as GuestParts;
  return { nix: join(directory, 'nix'), parts };
}

async function key(suite: Suite): Promise<string> {
  const files = (await readdir(RECIPE)).sort();
  const texts = await Promise.all(files.map(file => readFile(join(RECIPE, file), 'utf8')));
  return keyOf(rootKey(suite), ...files, ...texts);
}
