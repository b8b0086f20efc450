import { execa } from 'execa';
import { prepare, suites } from '../host/index.ts';

/** Once for a test run: the bundles, and what throwaway hosts are made of (kept in a cache outside the repository). */
export default async function setup(): Promise<void> {
  await execa(process.execPath, ['scripts/build.ts'], { stdio: ['ignore', 'inherit', 'inherit'] });
  await Promise.all(suites.map(prepare));
}
