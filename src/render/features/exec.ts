import type { Context, HostFacts } from '../context.ts';
import { type Line, lines } from '../lines.ts';
import { guestMachineId } from '../machine-id.ts';
import { parameterWord } from '../quote.ts';

/** From here on nspawn knows the setting, and announces a default that takes AF_NETLINK from guests. */
const RESTRICTS_ADDRESS_FAMILIES = 261;

/** The system's own init, in an ephemeral root, shut down and awaited as a systemd guest wants it. */
export function exec({ name, declaration, system, facts }: Context): Line[] {
  return [
    ...lines('nspawn', 'Exec', { Ephemeral: true, Boot: false }),
    ...lines('nspawn', 'Exec', { Parameters: parameterWord(`${system}/init`) }, { restart: false }),
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
    ...lines('nspawn', 'Exec', addressFamilies(facts), { restart: false }),
  ];
}

/** As it has always been: all of them, by the opt-out that systemd-nspawn(1) documents for later versions. */
function addressFamilies({ systemdVersion }: HostFacts): Record<string, string> {
  return systemdVersion < RESTRICTS_ADDRESS_FAMILIES ? {} : { RestrictAddressFamilies: '' };
}
