import { NSPAWN_SINCE_258 } from '../../model/declaration/nspawn-vocabulary.ts';
import { DeclarationError, ProblemList } from '../../model/declaration.ts';
import type { Context } from '../context.ts';
import type { Line } from '../lines.ts';
import { merge } from '../merge.ts';

/** Settings that may be given more than once: raw ones are added to ours, or the store's bind mount would go. */
const LISTS: ReadonlySet<string> = new Set(
  `Exec.Environment Exec.Capability Exec.DropCapability Exec.AmbientCapability Exec.SystemCallFilter
  Files.Bind Files.BindReadOnly Files.BindUser Files.TemporaryFileSystem Files.Inaccessible Files.Overlay
  Files.OverlayReadOnly Network.Interface Network.MACVLAN Network.IPVLAN Network.VirtualEthernetExtra
  Network.Port`.split(/\s+/),
);

/**
 * Merges the declaration's raw sections over the `.nspawn` lines of all other features. Throws a DeclarationError for what
 * nspawn would ignore: a setting that this version doesn't have, a host port that is forwarded already.
 */
export function withRawSettings(ours: readonly Line[], { declaration, facts }: Context): Line[] {
  const merged = merge(ours, 'nspawn', declaration.settings, (section, key) =>
    LISTS.has(`${section}.${key}`),
  );
  const problems = new ProblemList();
  const ports = new Set<string>();
  for (const { section, key, value } of merged) {
    const name = `${section}.${key}`;
    const port = name === 'Network.Port' ? hostPortOf(value) : undefined;
    const message =
      facts.systemdVersion < 258 && NSPAWN_SINCE_258.has(name)
        ? `systemd ${facts.systemdVersion} does not have it`
        : port !== undefined && ports.size === ports.add(port).size
          ? `${port} is forwarded already`
          : undefined;
    if (message !== undefined) problems.add(() => ({ field: `settings.${name}`, message }));
  }
  if (problems.count > 0) throw new DeclarationError(problems);
  return merged;
}

/** `tcp port 80`, whatever it leads to. */
function hostPortOf(value: string): string {
  const [, protocol = 'tcp', port = ''] = /^(?:(tcp|udp):)?(\d+)/.exec(value) ?? [];
  return `${protocol} port ${port}`;
}
