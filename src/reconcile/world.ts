import type { Declarations } from '../adapters/declarations.ts';
import { readRoots, rootedNames } from '../adapters/gc-roots.ts';
import { cannotIdmap } from '../adapters/host-facts.ts';
import type { LinkWatcher, LookupCache } from '../adapters/link-watcher.ts';
import { resolveProfile } from '../adapters/profiles.ts';
import type { Records } from '../adapters/records.ts';
import type { Systemd1 } from '../adapters/systemd1.ts';
import { readUnitFiles } from '../adapters/unit-files.ts';
import type { Declaration } from '../model/declaration.ts';
import type { Request, Resolved, Situation, UnitState } from '../plan/situation.ts';
import { type Rendered, render } from '../render/render.ts';

export interface WorldParts {
  readonly systemd: Systemd1;
  readonly links: LinkWatcher;
  readonly declarations: Declarations;
  readonly records: Records;
  readonly machineId: string;
  readonly systemdVersion: number;
}

/** One name's situation, or why it could not be read. */
export type Reading = Situation | { readonly name: string; readonly error: unknown };

/** Reads everything there is to know about containers, afresh each time. */
export class World {
  readonly #parts: WorldParts;
  /** The last rendering of each declaration: rendering is pure, so equal inputs need no second one. */
  readonly #rendered = new WeakMap<Declaration, { key: string; rendered: Rendered }>();

  constructor(parts: WorldParts) {
    this.#parts = parts;
  }

  /** Every name that is declared, or of which something of ours is left on the host. */
  names(): Set<string> {
    const { declarations, records } = this.#parts;
    return new Set([...declarations.names(), ...records.names(), ...rootedNames()]);
  }

  /** Units first: between reading the files and planning nothing is awaited. */
  async read(names: readonly string[], requestOf: (name: string) => Request | undefined): Promise<Reading[]> {
    const units = await this.#parts.systemd.units(names);
    const cache: LookupCache = new Map();
    return names.map(name => {
      try {
        return this.#situation(name, units.get(name), requestOf(name), cache);
      } catch (error) {
        return { name, error };
      }
    });
  }

  /** Stops following a name's profile. */
  forget(name: string): void {
    this.#parts.links.forget(name);
  }

  #situation(
    name: string,
    unit: UnitState | undefined,
    request: Request | undefined,
    cache: LookupCache,
  ): Situation {
    const { declarations, records, links } = this.#parts;
    const declared = declarations.read(name);
    const { files, conflict, hasTemplate } = readUnitFiles(name);
    const roots = readRoots(name);
    const record = records.get(name);
    const resolved =
      declared.kind === 'valid' ? resolveProfile(links, name, declared.declaration.path, cache) : undefined;
    if (declared.kind === 'absent') links.forget(name);
    return {
      name,
      declared,
      files,
      conflict,
      hasTemplate,
      roots,
      record,
      hasTraces:
        hasTemplate ||
        files.some(file => file.content !== undefined) ||
        `${roots.desired}${roots.running}` !== '' ||
        Object.keys(record).length > 0,
      ...(resolved && { resolved }),
      ...(resolved && declared.kind === 'valid' && { ...this.#render(name, declared.declaration, resolved) }),
      ...(unit && { unit }),
      ...(request && { request }),
    };
  }

  #render(name: string, declaration: Declaration, resolved: Resolved): { rendered?: Rendered } {
    if (resolved.kind !== 'system') return {};
    const { machineId, systemdVersion } = this.#parts;
    const unmappable = cannotIdmap(declaration.binds.map(({ hostPath }) => hostPath));
    const key = JSON.stringify([name, resolved.system, ...unmappable]);
    const known = this.#rendered.get(declaration);
    if (known?.key === key) return { rendered: known.rendered };
    const rendered = render(name, declaration, resolved.system, {
      machineId,
      systemdVersion,
      cannotIdmap: unmappable,
    });
    this.#rendered.set(declaration, { key, rendered });
    return { rendered };
  }
}
