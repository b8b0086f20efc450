import { fileOf } from '../adapters/declarations.ts';
import type { FileCache } from '../adapters/file-cache.ts';
import { readRoots, rootedNames } from '../adapters/gc-roots.ts';
import { cannotIdmap } from '../adapters/host-facts.ts';
import type { Lastings } from '../adapters/lastings.ts';
import type { LinkWatcher } from '../adapters/link-watcher.ts';
import { Pass } from '../adapters/pass.ts';
import { hasInit, resolveProfile } from '../adapters/profiles.ts';
import type { Records } from '../adapters/records.ts';
import type { Systemd1 } from '../adapters/systemd1.ts';
import { readUnitFiles } from '../adapters/unit-files.ts';
import type { Declaration } from '../model/declaration.ts';
import { messageOf } from '../model/errors.ts';
import type { Declared, Lasting, Request, Resolved, Situation, UnitState } from '../plan/situation.ts';
import { type Rendered, render } from '../render/render.ts';
import type { Fleet } from './fleet.ts';

export interface WorldParts {
  readonly systemd: Systemd1;
  readonly links: LinkWatcher;
  readonly files: FileCache;
  readonly fleet: Fleet;
  readonly records: Records;
  readonly lastings: Lastings;
  /** This boot of the host. */
  readonly boot: string;
  readonly machineId: string;
  readonly systemdVersion: number;
}

const DEFAULT_TIMEOUT_MS = 90_000;

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
    const { fleet, records, lastings } = this.#parts;
    return new Set([...fleet.names(), ...records.names(), ...lastings.names(), ...rootedNames()]);
  }

  /** activation.timeout of a container, ms. */
  timeoutOf(name: string): number {
    const declared = this.#parts.fleet.read(name);
    return declared.kind === 'valid' ? declared.declaration.activation.timeout : DEFAULT_TIMEOUT_MS;
  }

  /** Whether there is a declaration, valid or not. */
  isDeclared(name: string): boolean {
    return this.#parts.fleet.read(name).kind !== 'absent';
  }

  /** Units first: between reading the files and planning nothing is awaited. */
  async read(names: readonly string[], requestOf: (name: string) => Request | undefined): Promise<Reading[]> {
    const units = await this.#parts.systemd.units(names);
    const pass = new Pass();
    return names.map(name => {
      try {
        return this.#situation(name, units.get(name), requestOf(name), pass);
      } catch (error) {
        return { name, error };
      }
    });
  }

  /** Stops following a name's profile, and remembers nothing of its files. */
  forget(name: string): void {
    this.#parts.links.forget(name);
    this.#parts.files.forget(name);
  }

  #situation(name: string, unit: UnitState | undefined, request: Request | undefined, pass: Pass): Situation {
    const { fleet, records, lastings, links, boot } = this.#parts;
    const given = fleet.read(name);
    const { files, conflict, hasTemplate } = readUnitFiles(name, this.#parts.files, pass);
    const roots = readRoots(name, this.#parts.files);
    const record = records.get(name);
    const lasting = lastings.get(name);
    const resolved =
      given.kind === 'valid' ? resolveProfile(links, name, given.declaration.path, pass) : undefined;
    if (given.kind === 'absent') links.forget(name);
    const { declared, rendered } = this.#render(name, given, resolved, pass);
    return {
      name,
      declared,
      files,
      conflict,
      hasTemplate,
      roots,
      record,
      lasting: lastingFor(request, lasting),
      boot,
      hasTraces:
        hasTemplate ||
        files.some(file => file.content !== undefined) ||
        Object.values(roots).some(root => root !== '') ||
        Object.keys(lasting).length > 0 ||
        Object.keys(record).length > 0,
      ...(resolved && declared.kind === 'valid' && { resolved }),
      ...(rendered && { rendered }),
      ...(unit && { unit }),
      ...(request && { request }),
    };
  }

  /** What can't be rendered is a declaration that is not possible, and no failure that would pass. */
  #render(
    name: string,
    declared: Declared,
    resolved: Resolved | undefined,
    pass: Pass,
  ): { declared: Declared; rendered?: Rendered } {
    if (declared.kind !== 'valid' || resolved?.kind !== 'system') return { declared };
    const { declaration } = declared;
    const { machineId, systemdVersion } = this.#parts;
    const unmappable = cannotIdmap(
      declaration.binds.map(({ hostPath }) => hostPath),
      pass,
    );
    const key = JSON.stringify([name, resolved.system, ...unmappable]);
    const known = this.#rendered.get(declaration);
    if (known?.key === key) return { declared, rendered: known.rendered };
    try {
      const facts = { machineId, systemdVersion, cannotIdmap: unmappable };
      const rendered = render(name, declaration, resolved.system, facts);
      this.#rendered.set(declaration, { key, rendered });
      return { declared, rendered };
    } catch (error) {
      const reason = `${fileOf(name)}: cannot render it: ${messageOf(error)}`;
      return { declared: { kind: 'invalid', reason } };
    }
  }
}

/** The good system before the last one has no root: it can be returned to while it is still there. */
function lastingFor(request: Request | undefined, lasting: Lasting): Lasting {
  const { previousGood, ...others } = lasting;
  if (request?.kind !== 'rollback' || previousGood === undefined) return lasting;
  return hasInit(previousGood.system) ? lasting : others;
}
