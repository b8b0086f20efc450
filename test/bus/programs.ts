import { join } from 'node:path';
import { bootHost, type Host, type RunOptions, type Suite } from '../host/index.ts';

const REPOSITORY = join(import.meta.dirname, '../..');

/** A host that sees this repository at /repository, with our bus policy and polkit action, without guests. */
export async function bootWithRepository(suite: Suite): Promise<Host> {
  const host = await bootHost({ suite, guests: false, mounts: { '/repository': REPOSITORY } });
  await host.sh(`
    cp /repository/dbus/org.nixos.nspawn1.conf /usr/share/dbus-1/system.d/
    cp /repository/dbus/org.nixos.nspawn1.policy /usr/share/polkit-1/actions/
    busctl call org.freedesktop.DBus / org.freedesktop.DBus ReloadConfig`);
  return host;
}

/** The command line of a test program inside the host: `bus/programs/attacked.ts`. */
export function program(path: string, ...args: string[]): string[] {
  return ['/usr/local/bin/node', `/repository/test/${path}`, ...args];
}

/** What a test program prints, a piece of JSON. */
export async function report(host: Host, argv: string[], options: RunOptions = {}): Promise<unknown> {
  const { stdout } = await host.run(argv, options);
  return JSON.parse(stdout);
}
