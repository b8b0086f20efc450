import type { Context } from '../context.ts';
import { type Line, lines } from '../lines.ts';
import { guestMachineId } from '../machine-id.ts';
import { parameterWord } from '../quote.ts';

/** The system's own init, in an ephemeral root, shut down and awaited as a systemd guest wants it. */
export function exec({ name, declaration, system, facts }: Context): Line[] {
  return [
    ...lines('nspawn', 'Exec', { Ephemeral: true, Boot: false }),
    ...lines('nspawn', 'Exec', { Parameters: parameterWord(`${system}/init`) }, 'system'),
    ...lines('nspawn', 'Exec', {
      MachineID: guestMachineId(facts.machineId, name),
      // Without it a guest that is not started by Boot= is killed instead of shut down.
      KillSignal: 'SIGRTMIN+3',
      NotifyReady: true,
      // Not possible with Ephemeral=.
      LinkJournal: 'no',
      Timezone: 'off',
      // With a network of its own the guest's networkd and resolved write it.
      ResolvConf: declaration.network.host ? 'auto' : 'off',
    }),
  ];
}
