import { lstatSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LinkWatcher } from '../../../src/adapters/link-watcher.ts';
import type { Random } from '../../scenarios/soak/random.ts';
import { expect, expectEqual } from '../expect.ts';
import { type Target, TURN_MS } from '../target.ts';

/** Paths below a directory, and where to begin. A link's target that begins with `/` begins there. */
interface Graph {
  readonly entries: readonly (readonly [path: string, kind: 'directory' | 'file' | 'link', target: string])[];
  readonly from: string;
}

const NAMES = ['a', 'b', 'c', 'd', 'e'];

/** Where a chain of links leads, compared with what the kernel says: the same path, or nowhere for both. */
export const links: Target<Graph> = {
  name: 'links',
  // Most of it is making the graph.
  limitMs: 1000,
  generate: random => (random.chance(0.003) ? hugeGraph(random) : someGraph(random)),
  check({ entries, from }, workspace) {
    const root = join(workspace, 'links');
    rmSync(root, { recursive: true, force: true });
    mkdirSync(root);
    for (const [path, kind, target] of entries) make(root, path, kind, target);
    const start = `${root}/${from}`;
    const watcher = new LinkWatcher(
      () => undefined,
      () => undefined,
    );
    try {
      const before = process.threadCpuUsage();
      const found = watcher.follow('web', start);
      const { user, system } = process.threadCpuUsage(before);
      const took = (user + system) / 1000;
      expect(took < FOLLOW_MS, `following took ${took} ms`);
      const got = 'path' in found ? found.path : undefined;
      expectEqual(
        got,
        kernels(start),
        `not where the kernel gets to from ${from} (${JSON.stringify(found)})`,
      );
    } finally {
      watcher.close();
    }
  },
};

/** Twice what it may take: it is measured once, with what the collector does meanwhile. */
const FOLLOW_MS = 2 * TURN_MS;

function kernels(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    expect(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(code ?? ''), `realpath: ${code}`);
    return undefined;
  }
}

/** What can't be made where something else is already is left out. Never through a link: nothing is made elsewhere. */
function make(root: string, path: string, kind: string, target: string): void {
  const names = path.split('/');
  let directory = root;
  for (const name of names.slice(0, -1)) {
    directory = `${directory}/${name}`;
    const stats = lstatSync(directory, { throwIfNoEntry: false });
    if (stats === undefined) mkdirSync(directory);
    else if (!stats.isDirectory()) return;
  }
  const at = `${root}/${path}`;
  if (lstatSync(at, { throwIfNoEntry: false }) !== undefined) return;
  if (kind === 'directory') mkdirSync(at);
  else if (kind === 'file') writeFileSync(at, '');
  else symlinkSync(target.startsWith('/') ? root + target : target, at);
}

function someGraph(random: Random): Graph {
  const kinds = ['directory', 'file', 'link', 'link', 'link'] as const;
  const entries = Array.from(
    { length: 1 + random.below(12) },
    () => [plainPath(random), random.pick(kinds), someTarget(random)] as const,
  );
  return { entries, from: random.chance(0.7) ? random.pick(entries)[0] : plainPath(random) };
}

function plainPath(random: Random): string {
  return Array.from({ length: 1 + random.below(3) }, () => random.pick(NAMES)).join('/');
}

function someTarget(random: Random): string {
  const parts = Array.from({ length: 1 + random.below(4) }, () =>
    random.pick([...NAMES, '..', '.', '..', 'x']),
  );
  const separator = random.chance(0.1) ? '//' : '/';
  return [random.chance(0.3) ? '/' : '', parts.join(separator), random.chance(0.1) ? '/' : ''].join('');
}

/** Long chains, and links to links that multiply. */
function hugeGraph(random: Random): Graph {
  const count = random.pick([20, 38, 39, 40, 41, 42, 60, 300]);
  const wide = random.pick([1, 1, 2, 50, 200]);
  const link = (at: number) =>
    [
      `l${at}`,
      'link',
      at === 0 ? 'end' : Array.from({ length: wide }, () => `l${at - 1}`).join('/../'),
    ] as const;
  const chain = Array.from({ length: count }, (_, at) => link(at));
  return { entries: [['end', 'directory', ''], ...chain], from: `l${count - 1}` };
}
