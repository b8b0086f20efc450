import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { execa } from 'execa';

/** Idmapped mounts of tmpfs, where the guests' store lies. */
const KERNEL = [6, 3] as const;

/**
 * Says in one line what keeps throwaway hosts from running on this machine: throws `cannot run throwaway hosts: …`.
 * Looked at once per process.
 */
export function checkMachine(): Promise<void> {
  checked ??= check();
  return checked;
}

let checked: Promise<void> | undefined;

/** Where this machine has its cgroup2 hierarchy mounted: `/sys/fs/cgroup`, or `…/unified` beside version 1. */
export async function cgroupRoot(): Promise<string> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  const line = mounts.split('\n').find(mount => / - cgroup2 /.test(mount));
  const path = line?.split(' ')[4];
  if (!path) throw lacking('no cgroup2 hierarchy is mounted (mount -t cgroup2 cgroup2 /sys/fs/cgroup)');
  return path;
}

async function check(): Promise<void> {
  if (process.platform !== 'linux') throw lacking('they need Linux');
  if (process.getuid?.() !== 0) throw lacking('they need root; run this as root (sudo)');
  if (!kernelIsNewEnough(release()))
    throw lacking(`they need Linux ${KERNEL.join('.')} or newer (idmapped tmpfs); this is ${release()}`);
  await cgroupRoot();
  await tryOut(['setpriv', 'flock', 'nsenter', 'pivot_root'], 'util-linux');
  const namespaces = ['--mount', '--pid', '--fork', '--net', '--ipc', '--uts', '--cgroup'];
  const { failed, stderr, shortMessage } = await execa('unshare', [...namespaces, 'true'], { reject: false });
  if (failed) throw lacking(`this machine allows no new namespaces: ${stderr || shortMessage}`);
}

async function tryOut(programs: string[], debianPackage: string): Promise<void> {
  for (const program of programs) {
    const { failed } = await execa(program, ['--help'], { reject: false });
    if (failed) throw lacking(`${program} is missing (Debian package ${debianPackage})`);
  }
}

function kernelIsNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > KERNEL[0] || (major === KERNEL[0] && minor >= KERNEL[1]);
}

function lacking(what: string): Error {
  return new Error(`cannot run throwaway hosts: ${what}`);
}
