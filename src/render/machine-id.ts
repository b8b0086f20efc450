import { createHmac } from 'node:crypto';

/**
 * The machine ID of a guest: the same at each start, another one on each host, and no way back to the host's ID, which
 * is to be kept confidential (machine-id(5), sd_id128_get_machine_app_specific(3)). A valid version 4 UUID without dashes.
 */
export function guestMachineId(hostMachineId: string, name: string): string {
  const id = createHmac('sha256', Buffer.from(hostMachineId, 'hex'))
    .update(`nspawnd:${name}`)
    .digest()
    .subarray(0, 16);
  id[6] = ((id[6] ?? 0) & 0x0f) | 0x40;
  id[8] = ((id[8] ?? 0) & 0x3f) | 0x80;
  return id.toString('hex');
}
