import * as z from 'zod/mini';
import { MAX_BINDS } from '../bounds.ts';
import { quoted } from '../text.ts';
import { ID_MAPPINGS, RECURSIONS } from './bind-options.ts';
import { must, notAPath } from './schema.ts';

/** A path of the host that the guest sees. */
export interface Bind {
  /** Where the guest sees it. */
  readonly path: string;
  readonly hostPath: string;
  readonly readOnly: boolean;
  /** Mount options as in `--bind=` of systemd-nspawn(1). */
  readonly options: readonly string[];
}

/** nspawn or the guest's systemd mount these themselves, or the guest could not run without what is there. */
const TAKEN = ['/', '/nix', '/dev', '/run', '/run/host', '/usr'];
const TAKEN_TREES = ['/nix/store', '/proc', '/sys'];

const path = z.string().check(must(notAPath));

const guestPath = path.check(
  must(at => {
    const tree = TAKEN_TREES.find(taken => at === taken || at.startsWith(`${taken}/`));
    const taken = TAKEN.includes(at) ? at : tree;
    return taken === undefined ? undefined : `${taken} of the guest is not free for a bind mount`;
  }),
);

const options = z.array(
  z
    .string()
    .check(
      must(one =>
        [...ID_MAPPINGS, ...RECURSIONS].includes(one)
          ? undefined
          : `${quoted(one)} is not one of ${[...ID_MAPPINGS, ...RECURSIONS].join(', ')}`,
      ),
    ),
);

const bind = z.strictObject({
  hostPath: z._default(z.nullable(path), null),
  readOnly: z._default(z.boolean(), false),
  options: z._default(options.check(must(contradiction)), []),
});

/** Bind mounts by guest path; parsed to a list in the order of the guest paths. */
export const binds = z.pipe(
  z.prefault(z.record(guestPath, bind), {}).check(must(tooMany)),
  z.transform((byPath): readonly Bind[] =>
    Object.entries(byPath)
      .map(([at, one]) => ({ ...one, path: at, hostPath: one.hostPath ?? at }))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
  ),
);

function tooMany(given: object): string | undefined {
  const number = Object.keys(given).length;
  return number > MAX_BINDS
    ? `there are ${number} of them, and at most ${MAX_BINDS} are possible`
    : undefined;
}

function contradiction(given: readonly string[]): string | undefined {
  for (const group of [ID_MAPPINGS, RECURSIONS]) {
    const chosen = given.filter(one => group.includes(one));
    if (chosen.length > 1) return `${chosen.join(' and ')} exclude each other`;
  }
  return undefined;
}
