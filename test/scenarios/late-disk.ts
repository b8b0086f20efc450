/** Disks that write nothing before they are told to, under what the daemon keeps for later boots. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Host } from '../host/index.ts';
import { requireProgram } from '../host/require-program.ts';

/** By their names below /run/late; each on its own, for what is written to one goes for all that is on it. */
const MOUNTS = { lib: '/var/lib/nspawnd', roots: '/nix/var/nix/gcroots/nspawnd' };

/** Lines of bash: whether what /var/lib/nspawnd says now would outlast a cut of the power, with its roots. */
export const COMPARE = `
now=${MOUNTS.lib}/web.json left=/run/late/left
[ ! -e $now ] || {
  for disk in lib roots; do
    cp /run/late/$disk /run/late/copy-of-$disk
    mount -o loop /run/late/copy-of-$disk $left/$disk
  done
  cmp $now $left/lib/web.json || echo "$1: another web.json is left"
  jq -r '.lastGood.system // empty, .hold.system // empty' $now | while read -r system; do
    readlink $left/roots/web/* | grep -qxF $system || echo "$1: no root of $system is left"
  done
  umount $left/lib $left/roots
} >>/run/faults 2>&1
echo $1 >>/run/steps
`;

/** ext4 on files: what a file holds is what a cut of the power would leave. */
export async function mountLateDisks(host: Host): Promise<void> {
  await requireProgram('mkfs.ext4', 'e2fsprogs');
  const directory = await mkdtemp(join(tmpdir(), 'nspawnd-late-disk-'));
  try {
    const image = join(directory, 'disk');
    await execa('mkfs.ext4', ['-q', '-b', '1024', image, '8M']);
    for (const disk of Object.keys(MOUNTS)) await host.copyIn(image, `/run/late/${disk}`);
  } finally {
    await rm(directory, { recursive: true });
  }
  const mounts = Object.entries(MOUNTS).map(
    ([disk, path]) =>
      `mkdir -p ${path} /run/late/left/${disk}; mount -o loop,commit=3600 /run/late/${disk} ${path}`,
  );
  await host.sh(`
    mknod -m 600 /dev/loop-control c 10 237
    for number in $(seq 0 63); do mknod -m 600 /dev/loop$number b 7 $number; done
    ${mounts.join('\n')}
    rmdir /nix/var/nix/gcroots/nspawnd/lost+found`);
}

/** Back to the disk below, with nothing on it. */
export async function unmountLateDisks(host: Host): Promise<void> {
  await host.run(['umount', ...Object.values(MOUNTS)]);
}
