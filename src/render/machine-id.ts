import { derive } from './derive.ts';

/** The machine ID of a guest, the same at each start: a valid version 4 UUID without dashes. */
export function guestMachineId(hostMachineId: string, name: string): string {
  const id = derive(hostMachineId, 'nspawnd', name).subarray(0, 16);
  id[6] = ((id[6] ?? 0) & 0x0f) | 0x40;
  id[8] = ((id[8] ?? 0) & 0x3f) | 0x80;
  return id.toString('hex');
}
