import { dirname } from 'node:path';
import { parseDeclaration } from '../../src/model/declaration.ts';
import { unitOf } from '../../src/model/name.ts';
import { type HostFacts, render } from '../../src/render/render.ts';
import type { Host } from '../host/index.ts';

/** Started from `init` below: a shell that reports ready and waits to be shut down. */
const SYSTEM = '/nix/store/00000000000000000000000000000000-shell';

const INSTALL = `
  mkdir -p ${SYSTEM}/lib
  cp "$(command -v busybox)" ${SYSTEM}/busybox
  cp "$(command -v systemd-notify)" ${SYSTEM}/notify
  ldd ${SYSTEM}/notify | grep -o '/[^ ]*' | xargs -I{} cp -L {} ${SYSTEM}/lib
  cat >${SYSTEM}/init <<'INIT'
#!${SYSTEM}/busybox sh
exec ${SYSTEM}/lib/ld-linux-* --library-path ${SYSTEM}/lib ${SYSTEM}/notify --ready --no-block --exec \\; ${SYSTEM}/wait
INIT
  cat >${SYSTEM}/wait <<'WAIT'
#!${SYSTEM}/busybox sh
trap 'exit 0' 37
while :; do ${SYSTEM}/busybox sleep 1000 & wait; done
WAIT
  printf '#!${SYSTEM}/busybox sh\\necho hangs\\nexec ${SYSTEM}/busybox sleep 1000\\n' >${SYSTEM}/hang
  chmod 755 ${SYSTEM}/init ${SYSTEM}/wait ${SYSTEM}/hang`;

export async function prepare(host: Host): Promise<HostFacts> {
  await host.sh(INSTALL);
  const version = await host.sh("systemctl --version | sed -n '1s/systemd \\([0-9]*\\).*/\\1/p'");
  const machineId = (await host.read('/etc/machine-id')).trim();
  return { machineId, systemdVersion: Number(version), cannotIdmap: new Set() };
}

/** Renders a declaration onto the host, as the daemon would, and starts it unless told otherwise. */
export async function place(
  host: Host,
  facts: HostFacts,
  name: string,
  declaration: object,
  { start = true } = {},
): Promise<void> {
  const parsed = parseDeclaration(JSON.stringify({ path: '/nix/var/nix/profiles/x', ...declaration }));
  const { files, unit } = render(name, parsed, SYSTEM, facts);
  for (const { path, content } of files) {
    await host.write(path, content);
    await host.run(['chmod', '755', dirname(path)]);
  }
  await host.sh(`mkdir -p /var/lib/machines/${name}/usr; systemctl daemon-reload; networkctl reload`);
  if (start) await host.run(['systemctl', 'start', unit]);
}

/** PID of the guest's init in the host. */
export async function leaderOf(host: Host, name: string): Promise<number> {
  return Number(await host.sh(`machinectl show ${name} -p Leader --value`));
}

/** What PID 1, networkd or nspawn could not make sense of in a file that we rendered. */
export async function complaints(host: Host): Promise<string[]> {
  const { stdout } = await host.run(['journalctl', '-b', '-o', 'cat']);
  return stdout.split('\n').filter(line => /(50-nspawnd\.conf|\.network|\.nspawn):\d+/.test(line));
}

/** One property of the machine's unit. */
export async function property(host: Host, name: string, key: string): Promise<string> {
  return host.sh(`systemctl show ${unitOf(name)} -p ${key} --value`);
}
