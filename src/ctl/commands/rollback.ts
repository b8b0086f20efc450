import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { messageOf } from '../../model/errors.ts';
import type { Daemon } from '../daemon.ts';
import { CtlError, EXIT, usageError } from '../exit.ts';
import { operate } from '../operate.ts';

export const rollback = operate({
  name: 'rollback',
  member: 'Rollback',
  signature: 'ss',
  doing: 'rolling back',
  summary: 'Bring a container to an earlier system and hold it there',
  operands: { usage: 'NAME [SYSTEM]', min: 1, max: 2 },
  description: [
    'Without SYSTEM: to the one that was good last, other than what the profile points to. SYSTEM is a store path, a path of links to one, or the number of a generation of the profile, as in nix-env --list-generations.',
    'Returns when the guest is ready and its health was looked at. The profile is not moved; the container is held so that it stays where it was brought, until nspawnctl unhold.',
  ],
  examples: [
    ['nspawnctl rollback web', 'Back to what was good last.'],
    ['nspawnctl rollback web 12', 'To generation 12 of its profile; ./12 would be a path.'],
    ['nspawnctl rollback web /nix/store/…-nixos-system-web', 'To that system.'],
  ],
  bodies: async ({ operands: [name = '', system] }, daemon) => [
    [name, system === undefined ? LAST_GOOD : await systemPath(daemon, name, system)],
  ],
});

const LAST_GOOD = '';

/** The store path of what was named: links are the caller's, and are followed with what the caller may read. */
async function systemPath(daemon: Daemon, name: string, system: string): Promise<string> {
  // An unset variable of a script is not to mean the last good one.
  if (system === '') throw usageError("rollback cannot take '' for a system", 'rollback');
  const generation = /^[0-9]+$/.test(system);
  const path = generation ? await generationPath(daemon, name, system) : resolve(system);
  try {
    return await realpath(path);
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const why = absent ? `${path} does not exist` : messageOf(error);
    const what = generation ? `generation ${system}` : system;
    throw new CtlError(EXIT.failed, 'InvalidArgs', `cannot roll ${name} back to ${what}: ${why}`, {
      cause: error,
    });
  }
}

/** See nix-env(1): the generations of a profile are links beside it. */
async function generationPath(daemon: Daemon, name: string, number: string): Promise<string> {
  const profile = String((await daemon.container(name)).profile);
  if (profile !== '') return `${profile}-${number}-link`;
  const why = 'its profile is not known, as long as its declaration is invalid';
  throw new CtlError(
    EXIT.failed,
    'InvalidDeclaration',
    `cannot roll ${name} back to generation ${number}: ${why}`,
  );
}
