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

/** Merges the declaration's raw sections over the `.nspawn` lines of all other features. */
export function withRawSettings(ours: readonly Line[], { declaration }: Context): Line[] {
  return merge(ours, 'nspawn', declaration.settings, (section, key) => LISTS.has(`${section}.${key}`));
}
