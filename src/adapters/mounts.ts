import { MAX_BYTES } from '../model/bounds.ts';
import { errorCode, readText } from './files.ts';

/** Paths of more directories than that are compared with each mount instead of being climbed. */
const DEEP = 32;

/** One line of /proc/PID/mountinfo (proc_pid_mountinfo(5)). */
export interface Mount {
  /** Where it is mounted. */
  readonly point: string;
  /** The directory of the file system that is seen there. */
  readonly root: string;
  /** `MAJOR:MINOR` of the file system. */
  readonly device: string;
  /** `tmpfs`; what statfs(2) says of devtmpfs, for one, is not its type. */
  readonly type: string;
  /** `rw`, `nosuid`, … */
  readonly options: readonly string[];
}

/**
 * The mounts of a mount namespace, as they were when the table was read. Lines are looked for in the text and only
 * those that are found are parsed: there may be thousands, and this is on the way from a flip to the restart.
 */
export class MountTable {
  readonly #text: string;
  readonly #points = new Map<string, Mount | undefined>();
  #all: readonly Mount[] | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /**
   * The mounts of the host, in which machines are started. The daemon's own, for its sandbox, differ: other file
   * systems at /tmp and /dev, `ro` and `nosuid` where the host has neither.
   */
  static ofHost(): MountTable {
    try {
      return new MountTable(readTable('1'));
    } catch (error) {
      // As for a user of nspawnctl where /proc is mounted with hidepid=.
      if (!['ENOENT', 'EACCES', 'EPERM'].includes(errorCode(error) ?? '')) throw error;
      return MountTable.own();
    }
  }

  /** The mounts that this process sees. */
  static own(): MountTable {
    return new MountTable(readTable('self'));
  }

  /** The mount that a path lies on; undefined when the table doesn't have it, as in a chroot. */
  at(path: string): Mount | undefined {
    if (path.split('/', DEEP + 1).length > DEEP) return this.#longestOf(path);
    const mount = this.#mountOn(path);
    return mount !== undefined || path === '/' ? mount : this.at(path.slice(0, path.lastIndexOf('/')) || '/');
  }

  /** A mount point below a path. */
  below(path: string): string | undefined {
    const start = path === '/' ? '/' : `${escaped(path)}/`;
    for (let at = this.#text.indexOf(` ${start}`); at >= 0; at = this.#text.indexOf(` ${start}`, at + 1)) {
      const { point } = parse(lineAt(this.#text, at));
      if (point !== path && point.startsWith(path === '/' ? path : `${path}/`)) return point;
    }
    return undefined;
  }

  /** Where in its file system a path lies: the same in each namespace that sees it. */
  placeOf(path: string): string | undefined {
    const mount = this.at(path);
    if (mount === undefined) return undefined;
    const rest = mount.point === '/' ? path : path.slice(mount.point.length);
    return `${mount.device} ${mount.root === '/' ? '' : mount.root}${rest}`;
  }

  #longestOf(path: string): Mount | undefined {
    let longest: Mount | undefined;
    this.#all ??= this.#text.split('\n').map(parse);
    for (const mount of this.#all) {
      const above = mount.point === '/' ? mount.point : `${mount.point}/`;
      const covers = mount.point !== '' && (path === mount.point || path.startsWith(above));
      if (covers && mount.point.length >= (longest?.point.length ?? 0)) longest = mount;
    }
    return longest;
  }

  /** Of several on one point the last is on top. */
  #mountOn(point: string): Mount | undefined {
    if (this.#points.has(point)) return this.#points.get(point);
    let found: Mount | undefined;
    const word = ` ${escaped(point)} `;
    let at = this.#text.lastIndexOf(word);
    while (at >= 0 && found === undefined) {
      const mount = parse(lineAt(this.#text, at));
      if (mount.point === point) found = mount;
      at = at === 0 ? -1 : this.#text.lastIndexOf(word, at - 1);
    }
    this.#points.set(point, found);
    return found;
  }
}

function readTable(process: string): string {
  return readText(`/proc/${process}/mountinfo`, { max: MAX_BYTES.table }).text;
}

function lineAt(text: string, at: number): string {
  const end = text.indexOf('\n', at);
  return text.slice(text.lastIndexOf('\n', at) + 1, end < 0 ? text.length : end);
}

function parse(line: string): Mount {
  const [fields = '', rest = ''] = line.split(' - ', 2);
  const [, , device = '', root = '', point = '', options = ''] = fields.split(' ');
  return {
    point: unescaped(point),
    root: unescaped(root),
    device,
    type: rest.split(' ', 1)[0] ?? '',
    options: options.split(','),
  };
}

/** The kernel writes these as octal numbers. */
const ESCAPED = [' ', '\t', '\n', '\\'];

function escaped(path: string): string {
  if (!ESCAPED.some(character => path.includes(character))) return path;
  return path.replace(/[ \t\n\\]/g, character => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
