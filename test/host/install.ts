import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Host } from './host.ts';
import { askForStalls } from './stalls.ts';

const REPOSITORY = join(import.meta.dirname, '../..');

/** Stages what is in dist/ through `npm run install:host`, copies that over the host's root and tells systemd. */
export async function installNspawnd(host: Host): Promise<void> {
  const stage = await mkdtemp(join(tmpdir(), 'nspawnd-stage-'));
  try {
    await execa('npm', ['run', '--silent', 'install:host'], { cwd: REPOSITORY, env: { DESTDIR: stage } });
    await host.copyIn(stage, '/');
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
  await askForStalls(host);
  await host.run(['systemctl', 'daemon-reload']);
}
