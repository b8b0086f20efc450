import { describeBytes, MAX_BYTES } from '../model/bounds.ts';
import type { Declaration } from '../model/declaration.ts';
import { NspawndError } from '../model/errors.ts';
import { unitOf } from '../model/name.ts';
import { pathOf } from '../model/paths.ts';
import type { Context, HostFacts } from './context.ts';
import { binds } from './features/binds.ts';
import { exec } from './features/exec.ts';
import { limits } from './features/limits.ts';
import { network } from './features/network.ts';
import { withRawSettings } from './features/raw-settings.ts';
import { service } from './features/service.ts';
import { userNamespace } from './features/user-namespace.ts';
import { fingerprintOf } from './fingerprint.ts';
import { identity, ownership } from './header.ts';
import { type FileKind, formatLines, type Line } from './lines.ts';

export { pathOf } from '../model/paths.ts';
export type { HostFacts } from './context.ts';
export { isOurs, readHeader } from './header.ts';
export type { FileKind } from './lines.ts';

/** A file as it should be on the host. */
export interface RenderedFile {
  readonly kind: FileKind;
  readonly path: string;
  readonly content: string;
}

export interface Rendered {
  /** `systemd-nspawn@NAME.service` */
  readonly unit: string;
  readonly files: readonly RenderedFile[];
  /** Stands for all that takes a restart to change but the system: 16 hex digits. */
  readonly fingerprint: string;
}

/** Each feature renders its part of all files; a new feature is a file and a line here. */
const FEATURES: readonly ((context: Context) => Line[])[] = [
  exec,
  userNamespace,
  binds,
  network,
  service,
  limits,
];

/**
 * Renders a container that is to run `system`, the store path of a toplevel, on a host with these facts. Throws
 * `InvalidDeclaration` where the units would be larger than what is read back of them.
 */
export function render(name: string, declaration: Declaration, system: string, facts: HostFacts): Rendered {
  const context: Context = { name, declaration, system, facts };
  const all = FEATURES.flatMap(feature => feature(context));
  const byFile = Map.groupBy(all, line => line.file);
  byFile.set('nspawn', withRawSettings(byFile.get('nspawn') ?? [], context));
  const fingerprint = fingerprintOf([...byFile.values()].flat());
  const files = [...byFile].map(([kind, lines]) => ({
    kind,
    path: pathOf(kind, name),
    content: [
      ownership(name),
      kind === 'nspawn' ? identity(system, fingerprint) : '',
      '\n',
      formatLines(lines),
    ].join(''),
  }));
  const size = files.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  if (size > MAX_BYTES.units) {
    const why = `its units would be larger than ${describeBytes(MAX_BYTES.units)}`;
    throw new NspawndError('InvalidDeclaration', why);
  }
  return { unit: unitOf(name), files, fingerprint };
}
