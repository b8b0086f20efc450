import type { Suite } from './root-tree.ts';

export async function guestSeed(_suite: Suite): Promise<string | undefined> {
  return undefined;
}
