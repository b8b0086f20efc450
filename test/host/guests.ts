import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from './host.ts';
import type { GuestParts } from './seed.ts';

export interface GuestSpec {
  name: string;
  version: string;
  /**
   * - `healthy` (default): boots a systemd userland to `running`.
   * - `failing-unit`: boots to `degraded`; the unit is broken.service.
   * - `hangs-in-boot`: its init, a script, never gets to systemd and hears no signal.
   * - `dies-at-once`: its init exits with 1.
   * - `tiny`: a static init that reports ready within milliseconds and ends on SIGRTMIN+3; no systemd, no shell.
   */
  kind?: GuestKind;
  /** More for the kinds with systemd. */
  extra?: {
    /** Path below /etc → text. */
    etc?: Record<string, string>;
    /** Unit name → text; each is wanted by multi-user.target. */
    units?: Record<string, string>;
    /** Shell lines, run by init before systemd, and by switch-to-configuration. */
    activation?: string;
  };
}

export type GuestKind = 'healthy' | 'failing-unit' | 'hangs-in-boot' | 'dies-at-once' | 'tiny';

const BROKEN = '[Unit]\nDescription=Fails\n[Service]\nType=oneshot\nExecStart=/bin/false\n';

/** Builds the toplevel of a guest with the host's Nix; its store path. The same spec gives the same path. */
export async function buildGuest(host: Host, parts: GuestParts, spec: GuestSpec): Promise<string> {
  const { name, version, kind = 'healthy', extra = {} } = spec;
  const units = { ...(kind === 'failing-unit' ? { 'broken.service': BROKEN } : {}), ...extra.units };
  const unitFiles = Object.entries(units).map(([unit, text]) => [`systemd/system/${unit}`, text]);
  const given = {
    ...{ name, version, kind, parts },
    etc: { ...extra.etc, ...Object.fromEntries(unitFiles) },
    wanted: Object.keys(units).join(' '),
    activation: extra.activation ?? ':',
  };
  const expression = await readFile(join(import.meta.dirname, 'guest/system.nix'), 'utf8');
  const nixBuild = [
    'nix-build',
    '--no-out-link',
    '--expr',
    expression,
    '--argstr',
    'spec',
    JSON.stringify(given),
  ];
  return (await host.run(nixBuild)).stdout.trim();
}
