import type { Bus } from './bus/bus.ts';

const NETWORKD = 'org.freedesktop.network1';

/** Makes systemd-networkd read changed `.network` files; links whose file is the same stay as they are. */
export async function reloadNetworkd(bus: Bus): Promise<void> {
  await bus.call(NETWORKD, '/org/freedesktop/network1', `${NETWORKD}.Manager`, 'Reload', '', []);
}
