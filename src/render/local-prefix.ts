import { derive } from './derive.ts';

/**
 * A unique local IPv6 prefix (RFC 4193) of a container's link or of a zone, the same at each start. networkd itself would choose
 * one for the host's end (`Address=::/64`), but not announce it, and the guest would be left without an address.
 */
export function localPrefix(hostMachineId: string, name: string): string {
  const [a, b, c, d] =
    derive(hostMachineId, 'nspawnd-ipv6', name).subarray(0, 8).toString('hex').match(/.{4}/g) ?? [];
  return `fd${a?.slice(2)}:${b}:${c}:${d}::/64`;
}
