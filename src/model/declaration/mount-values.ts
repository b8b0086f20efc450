import { ID_MAPPINGS, RECURSIONS } from './bind-options.ts';
import { notAPath } from './schema.ts';

/** Options of tmpfs(5) and what mount(8) takes for any file system. */
const TMPFS_OPTIONS =
  /^(?:(?:size|nr_blocks|nr_inodes)=\d{1,18}[kKmMgG%]?|mode=[0-7]{1,5}|[ug]id=\d{1,10}|huge=(?:never|always|within_size|advise)|inode(?:32|64)|noswap|ro|rw|(?:no)?(?:suid|dev|exec|atime|diratime)|relatime|strictatime)$/;

/** Why a text is no `Bind=` of systemd.nspawn(5), undefined if it is. */
export function notABind(text: string): string | undefined {
  const [source = '', target, options, ...more] = fieldsOf(text);
  const path = source.replace(/^\+/, '');
  if (more.length > 0) return 'it has too many fields';
  return (
    notAPath(path) ??
    (target === undefined ? undefined : notAPath(target)) ??
    (options === undefined ? undefined : notBindOptions(options.split(',')))
  );
}

/** Why a text is no `Overlay=` of systemd.nspawn(5), undefined if it is. */
export function notAnOverlay(text: string): string | undefined {
  const fields = fieldsOf(text);
  if (fields.length < 2) return 'it has too few fields';
  // nspawn makes an upper directory where none is named.
  const paths = fields.filter((field, at) => field !== '' || fields.length < 3 || at !== fields.length - 2);
  const target = paths.pop() ?? '';
  return (
    notAPath(target) ??
    paths.map(path => notAPath(path.replace(/^\+/, ''))).find(message => message !== undefined)
  );
}

/** Why a text is no `TemporaryFileSystem=` of systemd.nspawn(5), undefined if it is. */
export function notATemporaryFileSystem(text: string): string | undefined {
  const [path = '', options, ...more] = fieldsOf(text);
  if (more.length > 0) return 'it has too many fields';
  const wrong = options?.split(',').find(option => !TMPFS_OPTIONS.test(option));
  return notAPath(path) ?? (wrong === undefined ? undefined : 'it has an option that tmpfs does not have');
}

/** Whether a text is this many absolute paths, with colons between them. */
export function somePaths(text: string, least: number, most: number): boolean {
  const fields = fieldsOf(text);
  return (
    fields.length >= least && fields.length <= most && fields.every(field => notAPath(field) === undefined)
  );
}

function notBindOptions(options: readonly string[]): string | undefined {
  const known = [...ID_MAPPINGS, ...RECURSIONS];
  const twice = [ID_MAPPINGS, RECURSIONS].some(
    group => options.filter(one => group.includes(one)).length > 1,
  );
  return twice || !options.every(one => known.includes(one)) ? 'it has options that do not exist' : undefined;
}

/** Parted at colons; a backslash takes the next character as it is. */
function fieldsOf(text: string): string[] {
  const fields = [''];
  for (let at = 0; at < text.length; at++) {
    if (text[at] === ':') fields.push('');
    else {
      if (text[at] === '\\') at += 1;
      fields[fields.length - 1] += text[at] ?? '';
    }
  }
  return fields;
}
