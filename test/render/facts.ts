import type { HostFacts } from '../../src/render/render.ts';

export const SYSTEM = '/nix/store/8bqkfx9b6jj2gbjwk2hbk8pw5m1q0a4f-nixos-system-web-25.11';

/** A host with systemd 262 where everything can be idmapped. */
export const FACTS: HostFacts = {
  machineId: 'db430702a68f47d5a713aa452d3bc4f4',
  systemdVersion: 262,
  cannotIdmap: new Set(),
};
