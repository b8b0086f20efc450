/*
 * What is read, written and remembered at most of things that others may have made. Each bound is far beyond what a real
 * host has; together they keep one file, or a directory full of them, from filling the daemon's memory.
 */

const MIB = 1024 * 1024;

/** Bytes of a file, by what it is. */
export const MAX_BYTES = {
  /** A declaration, and the daemon's settings. */
  declaration: MIB,
  /** A unit file of ours; all of a container together when they are rendered. */
  units: MIB,
  /** What is remembered of a container: up to three times its units, in which JSON doubles some characters. */
  state: 8 * MIB,
  /** One value: `/etc/machine-id`, a sysctl. */
  value: 4096,
  /** A table of the kernel: mounts and locks, to which any process adds. */
  table: 32 * MIB,
} as const;

/**
 * Containers. More declarations than that are not taken up (those that something is remembered of always are). A host
 * can't run as many machines: a bridge has 1,024 ports.
 */
export const MAX_CONTAINERS = 4096;

/** Bind mounts of a container: each is a unit of the guest, and a thousand make its stop take ten seconds. */
export const MAX_BINDS = 256;

/** What is dangerous about a container that is told one by one. */
export const MAX_HAZARDS = 32;

/** Systems of a container in quarantine: the oldest give way. */
export const MAX_QUARANTINED = 64;

/** Characters of a reason that is kept in a file: a hundred failed units may be named in it. */
export const MAX_REASON = 32_768;

/** Lines of what failed that are kept with a verdict. */
export const MAX_EVIDENCE = 40;

/** Files that can't be declarations by their names, and are listed one by one. */
export const MAX_REFUSED = 20;

/** `1 MiB`, `4096 bytes` */
export function describeBytes(bytes: number): string {
  return bytes >= MIB ? `${bytes / MIB} MiB` : `${bytes} bytes`;
}
