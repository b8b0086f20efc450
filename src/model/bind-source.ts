import { fieldName } from './declaration/problem.ts';
import type { Bind, Declaration } from './declaration.ts';
import { quoted } from './text.ts';

/** What the host has at the source of a bind mount. */
export interface BindSource {
  /** `unseen`: it can't be told from where we look, for example through the sandbox of the daemon. */
  readonly found: 'there' | 'missing' | 'unseen';
  /** Where its links lead; as declared, where that can't be told. */
  readonly path: string;
  /** Type of the file system that it is on (proc_pid_mountinfo(5)); '' when that can't be told. */
  readonly fileSystem: string;
  /** A mount point below it, '' when there is none. */
  readonly submount: string;
}

/**
 * File systems that the kernel mounts with mapped owners (FS_ALLOW_IDMAP), by type. Not by the magic number of
 * statfs(2): devtmpfs has that of tmpfs and ext2 that of ext4, and neither can.
 */
const MAPPABLE: ReadonlySet<string> = new Set(
  'bcachefs btrfs erofs ext4 f2fs squashfs tmpfs vfat xfs zfs'.split(' '),
);

/** File systems that are known not to be, whatever the version of the kernel. */
const NOT_MAPPABLE: ReadonlySet<string> = new Set(
  `binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts devtmpfs ecryptfs efivarfs ext2 ext3 fusectl mqueue nfs nfs4
  nfsd overlay proc pstore ramfs securityfs sysfs tracefs`.split(/\s+/),
);

/**
 * Why a machine can't be started with this bind as things are on the host, as a sentence; undefined when it can.
 *
 * systemd-nspawn fails for each of these before the guest has begun (`Failed to clone …: Invalid argument`, `Failed to
 * map ids for bind mount …: Device or resource busy`), which says nothing of the system that was to be started. And
 * what it could mount without a mapping would belong to nobody in the guest, where its root can't read a secret of mode
 * 0400: that is done only if the declaration asks for it.
 */
export function obstacleOf(
  bind: Bind,
  userNamespace: Declaration['userNamespace'],
  source: BindSource,
): string | undefined {
  const field = fieldName(['binds', bind.path]);
  if (source.found === 'missing') {
    const target = source.path === bind.hostPath ? '' : ` (${quoted(source.path)})`;
    return `the source of ${field} does not exist on the host: ${quoted(bind.hostPath)}${target}`;
  }
  const mapping = bind.options.find(option => option.endsWith('idmap'));
  if (userNamespace === 'no' || mapping === 'noidmap') return undefined;
  const remedy = `set its options to ["noidmap"], and its files belong to nobody in the guest`;
  if (!canBeMapped(source.fileSystem, mapping)) {
    const place = `${quoted(bind.hostPath)} is on ${source.fileSystem}, which cannot be mounted with mapped owners`;
    return `cannot bind ${field}: ${place}; move it to a file system that can (tmpfs, ext4, btrfs, xfs), or ${remedy}`;
  }
  if (source.submount !== '' && !bind.options.includes('norbind')) {
    const below = `${quoted(source.submount)} is mounted below ${quoted(bind.hostPath)}`;
    const why = 'several mounts cannot be mapped as one';
    return `cannot bind ${field}: ${below}, and ${why}; set its options to ["norbind"] to leave that out, or ${remedy}`;
  }
  return undefined;
}

/** A mapping that is asked for in so many words is tried where we don't know better. */
function canBeMapped(fileSystem: string, mapping: string | undefined): boolean {
  if (fileSystem === '' || MAPPABLE.has(fileSystem)) return true;
  return mapping !== undefined && !NOT_MAPPABLE.has(fileSystem);
}
