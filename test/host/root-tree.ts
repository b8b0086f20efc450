import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import nodePackage from 'node/package.json' with { type: 'json' };
import { cached, keyOf } from './cache.ts';
import { progress } from './progress.ts';
import { requireProgram } from './require-program.ts';

/** The Debian release a host is made of: `trixie` has systemd 257, `forky` 262. */
export type Suite = 'trixie' | 'forky';
export const suites: readonly Suite[] = ['trixie', 'forky'];

const PACKAGES = [
  ...[
    'systemd',
    'systemd-sysv',
    'systemd-container',
    'systemd-resolved',
    'libnss-mymachines',
    'libnss-resolve',
  ],
  ...[
    'dbus',
    'polkitd',
    'libglib2.0-bin',
    'iproute2',
    'iputils-ping',
    'nftables',
    'procps',
    'strace',
    'curl',
    'jq',
  ],
  ...['nix-bin', 'busybox-static', 'nasm', 'libstdc++6'],
];
const RECIPE = join(import.meta.dirname, 'root.sh');

/** The layers of a host's root, uppermost first, each from the cache. */
export async function rootLayers(suite: Suite): Promise<string[]> {
  return Promise.all([configuration(), nodeLayer(), rootTree(suite)]);
}

/** Changes whenever the Debian tree of a suite is made in another way. */
export function rootKey(suite: Suite): string {
  return keyOf(suite, PACKAGES.join());
}

function rootTree(suite: Suite): Promise<string> {
  return cached(`root-${suite}`, rootKey(suite), async directory => {
    await requireProgram('mmdebstrap', 'mmdebstrap');
    progress(`making the root tree of Debian ${suite} with mmdebstrap, once; this takes about a minute`);
    await mmdebstrap(suite, directory);
    progress(`the root tree of Debian ${suite} is ready`);
  });
}

/** From the mirror and with the keys that this machine's apt has. */
async function mmdebstrap(suite: Suite, directory: string): Promise<void> {
  // The release file of a suite in the making may be older than it says it is good for.
  const options = ['--variant=minbase', '--aptopt=Acquire::Check-Valid-Until "false"'];
  const argv = ['mmdebstrap', ...options, `--include=${PACKAGES.join()}`, suite, directory];
  // It ends, and unmounts what it mounted, when this process dies.
  const made = await execa('setpriv', ['--pdeathsig', 'TERM', ...argv], { all: true, reject: false });
  if (!made.failed) return;
  const said = made.all.split('\n').filter(line => /^[EW]: /.test(line));
  throw new Error(`cannot make the root tree of Debian ${suite}: ${said.join('; ') || made.shortMessage}`);
}

async function configuration(): Promise<string> {
  const key = keyOf(await readFile(RECIPE, 'utf8'));
  return cached('config', key, async directory => void (await execa('sh', [RECIPE, directory])));
}

/** Debian's own Node is too old in trixie; the one that runs the tests runs the daemon under test, too. */
function nodeLayer(): Promise<string> {
  return cached('node', `${nodePackage.version}-${process.arch}`, async directory => {
    const bin = join(directory, 'usr/local/bin');
    await mkdir(bin, { recursive: true });
    await copyFile(join(import.meta.dirname, '../../node_modules/node/bin/node'), join(bin, 'node'));
  });
}
