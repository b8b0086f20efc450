import type { Context } from '../context.ts';
import { type Line, lines } from '../lines.ts';

/**
 * Both settings, always: where one is missing or not understood, nspawn starts the guest without any user namespace.
 */
export function userNamespace({ declaration }: Context): Line[] {
  const range = declaration.userNamespace;
  return [
    ...lines('nspawn', 'Exec', { PrivateUsers: range }),
    ...lines('nspawn', 'Files', { PrivateUsersOwnership: range === 'no' ? 'off' : 'auto' }),
  ];
}
