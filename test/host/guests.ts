import type { Host } from './host.ts';

export interface GuestSpec {
  name: string;
  version: string;
  kind?: 'healthy' | 'failing-unit' | 'hangs-in-boot' | 'dies-at-once' | 'tiny';
}

export async function buildGuest(_host: Host, _spec: GuestSpec): Promise<string> {
  throw new Error('not yet');
}
