import { createHmac } from 'node:crypto';

/**
 * 32 bytes that are the same each time for a container on a host, differ for any other, and don't lead back to the
 * host's machine ID, which is confidential (machine-id(5)).
 */
export function derive(hostMachineId: string, purpose: string, name: string): Buffer {
  return createHmac('sha256', Buffer.from(hostMachineId, 'hex')).update(`${purpose}:${name}`).digest();
}
