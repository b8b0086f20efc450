/** Mount options of `--bind=` of systemd-nspawn(1): of each group one at most. */
export const ID_MAPPINGS: readonly string[] = ['idmap', 'noidmap', 'rootidmap', 'owneridmap'];
export const RECURSIONS: readonly string[] = ['rbind', 'norbind'];
