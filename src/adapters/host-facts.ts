import { statfsSync } from 'node:fs';
import { MAX_BYTES } from '../model/bounds.ts';
import { STORE } from '../model/paths.ts';
import { quoted } from '../model/text.ts';
import { isMissing, readIfThere } from './files.ts';
import { Pass } from './pass.ts';

/**
 * File systems that systemd-nspawn can mount with mapped ownership (FS_ALLOW_IDMAP in the kernel), by the
 * magic numbers of statfs(2). On others, overlayfs above all, an `idmap` bind fails the machine's start.
 */
const IDMAPPABLE = new Set([
  0xef53, // ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0x01021994, // tmpfs
  0xf2f52010, // f2fs
  0x2fc12fc1, // zfs
  0xca451a4e, // bcachefs
  0xe0f5e1e2, // erofs
  0x73717368, // squashfs
]);

const VALUE = { max: MAX_BYTES.value };

/** The host's machine ID (machine-id(5)), 32 hex digits. */
export function readMachineId(): string {
  const text = readIfThere('/etc/machine-id', VALUE)?.trim() ?? '';
  if (!/^[0-9a-f]{32}$/.test(text)) throw new Error(`cannot use /etc/machine-id: it reads ${quoted(text)}`);
  return text;
}

/** This boot of the host (sd_id128_get_boot(3)), as a UUID. */
export function readBootId(): string {
  return readIfThere('/proc/sys/kernel/random/boot_id', VALUE)?.trim() ?? '';
}

/**
 * Of the paths that nspawnd binds of its own accord, those that can't be mounted with mapped owners: the store on
 * overlayfs, for one. Sources of the declaration are looked at by bind-sources.ts.
 */
export function cannotIdmap(pass = new Pass()): Set<string> {
  return new Set([STORE].filter(path => !pass.once(`idmap ${path}`, () => isIdmappable(path))));
}

function isIdmappable(path: string): boolean {
  try {
    return IDMAPPABLE.has(statfsSync(path).type);
  } catch (error) {
    if (isMissing(error)) return true;
    throw new Error(`cannot look up the file system of ${path}`, { cause: error });
  }
}
