import type { Host } from '../host/index.ts';
import { Remote, unitTime } from './tools.ts';

/** The name of a machine as a host without the daemon would have it, for a declared one. */
export function twinOf(name: string): string {
  return `hand-${name}`;
}

/**
 * Makes and starts machines with the units of declared ones, which the daemon knows nothing of. They may be restarted
 * as often as one likes: the start limit is no part of what is measured.
 */
export async function makeTwins(host: Host, names: readonly string[]): Promise<void> {
  const twins = names.map(name => `${name} ${twinOf(name)}`).join('\n');
  await host.sh(
    `units=/run/systemd/system
while read -r name twin; do
  mkdir -p /var/lib/machines/$twin/usr $units/systemd-nspawn@$twin.service.d
  grep -v -e '^#' -e '^MachineID' /run/systemd/nspawn/$name.nspawn >/run/systemd/nspawn/$twin.nspawn
  sed "s/ve-$name/ve-$twin/; /^#/d" /run/systemd/network/70-nspawnd-ve-$name.network >/run/systemd/network/70-ve-$twin.network
  sed '/^#/d' $units/systemd-nspawn@$name.service.d/50-nspawnd.conf >$units/systemd-nspawn@$twin.service.d/50.conf
  printf '[Unit]\\nStartLimitIntervalSec=0\\n' >$units/systemd-nspawn@$twin.service.d/60.conf
done
systemctl daemon-reload
networkctl reload
systemctl start ${names.map(name => unitOf(twinOf(name))).join(' ')}`,
    { input: `${twins}\n` },
  );
}

/** For each system that it is given: writes it into the units of the twins, and restarts them, by one `systemctl`. */
export function restarter(host: Host, names: readonly string[]): Remote {
  const files = names.map(name => `/run/systemd/nspawn/${twinOf(name)}.nspawn`);
  const units = names.map(name => unitOf(twinOf(name)));
  return new Remote(
    host,
    `execFileSync('sed', ['-i', 's#^Parameters=.*#Parameters=' + line + '/init#', ...${JSON.stringify(files)}]);
     execFileSync('systemctl', ['restart', ...${JSON.stringify(units)}])`,
  );
}

/** Of a machine that was restarted: when the old one began to stop, and when the new one's guest reported ready; µs. */
export async function restartTimes(host: Host, name: string): Promise<{ stopped: number; ready: number }> {
  const [stopped, ready] = await Promise.all([
    unitTime(host, unitOf(name), 'ActiveExitTimestampMonotonic'),
    unitTime(host, unitOf(name), 'ActiveEnterTimestampMonotonic'),
  ]);
  return { stopped, ready };
}

export function unitOf(name: string): string {
  return `systemd-nspawn@${name}.service`;
}
