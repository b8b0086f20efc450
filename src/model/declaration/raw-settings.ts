import * as z from 'zod/mini';
import { notAnNspawnValue } from './nspawn-values.ts';
import { NSPAWN_SETTINGS } from './nspawn-vocabulary.ts';
import { overrides } from './overrides.ts';

/** What would break what we rely on, and the key of ours that decides instead. */
const REFUSED = {
  'Exec.Boot': 'a system is always started by its own init',
  'Exec.ProcessTwo': 'a system is always started by its own init',
  'Exec.Parameters': 'use path',
  'Exec.Ephemeral': 'containers are always ephemeral, use binds for what must stay',
  'Exec.NotifyReady': 'readiness is what activation waits for, use activation.timeout',
  'Exec.MachineID': 'it follows from the host and the name',
  'Exec.PrivateUsers': 'use userNamespace',
  'Files.PrivateUsersOwnership': 'use userNamespace',
  'Files.PrivateUsersChown': 'use userNamespace',
};

/** The escape hatch: raw sections of systemd.nspawn(5), merged last. */
export const rawSettings = z.prefault(
  overrides(NSPAWN_SETTINGS, { source: 'systemd.nspawn(5)', refused: REFUSED, notAValue: notAnNspawnValue }),
  {},
);
