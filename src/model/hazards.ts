import type { BindSource } from './bind-source.ts';
import { MAX_HAZARDS } from './bounds.ts';
import { fieldName, type Problem } from './declaration/problem.ts';
import type { Bind, Declaration } from './declaration.ts';
import { STORE } from './paths.ts';
import { quoted } from './text.ts';

/** A directory above the source of a bind mount. */
export interface Ancestor {
  readonly path: string;
  /** As in stat(2). */
  readonly mode: number;
  readonly owner: number;
  readonly group: number;
}

/** What keeps users of the host from what a guest makes in a bind mount. */
export interface Exposure {
  /** The directories above the source, from the root on. */
  readonly ancestors: readonly Ancestor[];
  readonly kind: 'directory' | 'file' | 'socket' | 'other';
  /** Whether setuid programs there take effect: its mount on the host has neither `nosuid` nor `noexec`. */
  readonly runsSetuid: boolean;
}

/** Looks at the host; a path is that of the source with its links followed. */
export interface HostLook {
  source(hostPath: string): BindSource;
  exposure(path: string): Exposure;
}

/**
 * Who may write there is root on the host, or may become it. A bind mount of something inside, or of something that
 * contains it, hands that to root in the guest.
 */
const CONTROLS_HOST: readonly (readonly [path: string, what: string])[] = [
  ['/boot', 'what the host boots'],
  ['/etc/nspawnd', 'the declarations of containers'],
  ['/etc/systemd', 'units of the host'],
  ['/nix/store', 'the Nix store'],
  ['/nix/var', 'profiles and the database of Nix'],
  ['/root/.ssh', 'the keys of root'],
  ['/run/nspawnd', 'the state of nspawnd'],
  ['/run/systemd', 'units of the host'],
  ['/usr', 'programs of the host'],
  ['/var/lib/machines', 'the roots of machines'],
  ['/var/lib/nspawnd', 'the state of nspawnd'],
  ['/var/lib/systemd', 'the state of systemd'],
  ['/var/spool/cron', 'commands that the host runs'],
];

/** Sockets through which a client can become root on the host; that a bind is read-only keeps nobody from connecting. */
const ROOT_SOCKETS =
  /^\/run\/(docker\.sock|podman\/podman\.sock|containerd\/containerd\.sock|crio\/crio\.sock|libvirt\/.*-sock|incus\/unix\.socket|lxd\/unix\.socket)$/;

/**
 * What is dangerous about a declaration on this host, though it is valid and does what it says: each with the field that
 * it comes from. This is how things are when they are looked at; nothing keeps them so.
 */
export function hazardsOf({ binds, userNamespace }: Declaration, host: HostLook): Problem[] {
  // Root in that guest is root on the host without any of this, which is what the setting is for.
  if (userNamespace === 'no') return [];
  const sources = binds.map(bind => ({ bind, source: host.source(bind.hostPath) }));
  const writable = sources.filter(({ bind }) => isWrittenAsRoot(bind));
  const found = sources.flatMap(({ bind, source }) => {
    if (source.found === 'missing') return [];
    const message = replaceableIn(bind, writable) ?? hazardOf(bind, source, host.exposure(source.path));
    return message === undefined ? [] : [{ field: fieldName(['binds', bind.path]), message }];
  });
  if (found.length <= MAX_HAZARDS) return found;
  const more = found.length - MAX_HAZARDS + 1;
  return [...found.slice(0, -more), { field: 'binds', message: `${more} more are as dangerous` }];
}

/**
 * systemd-nspawn follows the links in a source: whoever can put one there chooses what is mounted, at the next start. Of
 * other containers' binds nothing is known here.
 */
function replaceableIn(
  bind: Bind,
  writable: readonly { readonly bind: Bind; readonly source: BindSource }[],
): string | undefined {
  const above = writable.find(other => other.bind !== bind && isBelow(other.source.path, bind.hostPath));
  if (above === undefined) return undefined;
  const field = fieldName(['binds', above.bind.path]);
  return `root in the guest can become root on the host: ${quoted(bind.hostPath)} lies in the source of ${field}, where it can be replaced by a link to anything on the host`;
}

/** Whether root in the guest acts there as the owner of what the host has; without a mapping it is nobody in particular. */
function isWrittenAsRoot({ readOnly, options }: Bind): boolean {
  return !readOnly && !options.includes('noidmap');
}

function isBelow(directory: string, path: string): boolean {
  return path !== directory && contains(directory, path);
}

/** That the guest sees files of its own system that belong to nobody; `unmapped` is what can't be mounted otherwise. */
export function storeHazard({ userNamespace }: Declaration, unmapped: ReadonlySet<string>): Problem[] {
  if (userNamespace === 'no' || !unmapped.has(STORE)) return [];
  const why = `its file system cannot be mounted with mapped owners`;
  return [{ field: '', message: `in the guest the files of ${STORE} belong to nobody (65534): ${why}` }];
}

function hazardOf(bind: Bind, { path }: BindSource, exposure: Exposure): string | undefined {
  if (exposure.kind === 'socket')
    return ROOT_SOCKETS.test(path)
      ? `root in the guest can become root on the host through ${quoted(path)}`
      : undefined;
  if (!isWrittenAsRoot(bind)) return undefined;
  const control = CONTROLS_HOST.find(([each]) => contains(each, path) || contains(path, each));
  if (control !== undefined) {
    const [where, what] = control;
    return `root in the guest can become root on the host: it can write ${what} (${where})`;
  }
  const who = exposure.runsSetuid && exposure.kind !== 'other' ? whoReaches(exposure.ancestors) : undefined;
  if (who === undefined) return undefined;
  // With `idmap` root in the guest may give a file to anybody; with the others, to the owner of the source only.
  const becomes = bind.options.some(one => one === 'rootidmap' || one === 'owneridmap')
    ? 'its owner'
    : 'root';
  return [
    `${who} of the host can run setuid programs that root in the guest puts into ${quoted(path)}, and so become ${becomes}`,
    'keep it below a directory that belongs to root and has mode 0700, or on a file system mounted with nosuid',
  ].join('; ');
}

/**
 * The users other than root who may pass all directories above; undefined when nobody may. The mode of the source itself
 * doesn't count: root in the guest may change it.
 */
function whoReaches(ancestors: readonly Ancestor[]): string | undefined {
  let who = 'every user';
  for (const { mode, owner, group } of ancestors) {
    if (mode & 0o001) continue;
    if (mode & 0o010 && group !== 0) who = `members of group ${group}`;
    else if (mode & 0o100 && owner !== 0) who = `user ${owner}`;
    else return undefined;
  }
  return who;
}

/** Whether `path` is `directory` or lies in it. */
function contains(directory: string, path: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? directory : `${directory}/`);
}
