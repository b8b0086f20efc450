import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from './host.ts';
import type { GuestParts } from './seed.ts';

export interface GuestSpec {
  name: string;
  version: string;
  /**
   * - `healthy` (default): boots a systemd userland to `running`.
   * - `nixos`: as `healthy`, and in all that nspawnd has to do with as a real NixOS: stage 2, activation, /etc as links
   *   through /etc/static, `switch-to-configuration` with its exit codes and words, the sysctls that NixOS sets (one of
   *   which can't be set in a user namespace: it boots to `degraded`), logrotate-checkconf, a firewall.
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

export type GuestKind = 'healthy' | 'nixos' | 'failing-unit' | 'hangs-in-boot' | 'dies-at-once' | 'tiny';

const BROKEN = '[Unit]\nDescription=Fails\n[Service]\nType=oneshot\nExecStart=/bin/false\n';

/** What NixOS sets by default (nixos/modules/config/sysctl.nix and others); the second but last needs all IDs there are. */
const SYSCTLS = `fs.inotify.max_user_instances=524288
kernel.kptr_restrict=1
kernel.printk=4 4 1 7
net.core.rmem_max=1048576
net.ipv4.conf.all.forwarding=0
net.ipv4.ping_group_range=0 2147483647
vm.max_map_count=1048576
`;

const NIXOS_UNITS = {
  // It refuses files that are not root's, which the store's are only where it is idmapped.
  'logrotate-checkconf.service': `[Unit]
Description=Logrotate configuration check
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c '[ "$(stat -Lc %%u:%%g /etc/logrotate.conf)" = 0:0 ] || { echo "error: /etc/logrotate.conf has another owner than root"; exit 1; }'
`,
  'firewall.service': `[Unit]
Description=Firewall
Before=network-pre.target
X-ReloadIfChanged=true
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'echo 1 >/proc/sys/net/ipv4/conf/all/rp_filter'
ExecReload=/bin/sh -c 'echo 1 >/proc/sys/net/ipv4/conf/all/rp_filter'
`,
};

/** Builds the toplevel of a guest with the host's Nix; its store path. The same spec gives the same path. */
export async function buildGuest(host: Host, parts: GuestParts, spec: GuestSpec): Promise<string> {
  const { name, version, kind = 'healthy', extra = {} } = spec;
  const units = {
    ...(kind === 'failing-unit' && { 'broken.service': BROKEN }),
    ...(kind === 'nixos' && NIXOS_UNITS),
    ...extra.units,
  };
  const etc = kind === 'nixos' ? { 'sysctl.d/60-nixos.conf': SYSCTLS, 'logrotate.conf': 'weekly\n' } : {};
  const unitFiles = Object.entries(units).map(([unit, text]) => [`systemd/system/${unit}`, text]);
  const given = {
    ...{ name, version, kind, parts },
    etc: { ...etc, ...extra.etc, ...Object.fromEntries(unitFiles) },
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
