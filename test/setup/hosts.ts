import { execa } from 'execa';
import { checkMachine } from '../host/requirements.ts';
import { rootLayers, suites } from '../host/root-tree.ts';

/** Once for a test run: the bundles, and what throwaway hosts are made of (kept in a cache outside the repository). */
export default async function setup(): Promise<void> {
  await checkMachine();
  await execa(process.execPath, ['scripts/build.ts'], { stdio: ['ignore', 'inherit', 'inherit'] });
  for (const suite of suites) await rootLayers(suite);
}
