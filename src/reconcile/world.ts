import { lookAtSource } from '../adapters/bind-sources.ts';
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
import { obstacleOf } from '../model/bind-source.ts';
import type { Declaration } from '../model/declaration.ts';
import type { Lasting, Request, Resolved, Situation, UnitState } from '../plan/situation.ts';
import { type Rendered, render } from '../render/render.ts';
import { AwaitedSources } from './awaited-sources.ts';
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

  readonly #awaited: AwaitedSources;

  constructor(parts: WorldParts) {
    this.#parts = parts;
    this.#awaited = new AwaitedSources(parts.links);
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

  /** The containers that wait for something at the sources of their binds: a mount may bring it. */
  awaitingSources(): string[] {
    return this.#awaited.names();
  }

  /** Why a machine can't be started as declared as things are on the host; undefined when it can. */
  hostLacks(name: string): string | undefined {
    const declared = this.#parts.fleet.read(name);
    return declared.kind === 'valid' ? obstaclesIn(declared.declaration, new Pass())[0]?.why : undefined;
  }

  /** Stops following a name's profile, and remembers nothing of its files. */
  forget(name: string): void {
    this.#parts.links.forget(name);
    this.#awaited.set(name, []);
    this.#parts.files.forget(name);
  }

  #situation(name: string, unit: UnitState | undefined, request: Request | undefined, pass: Pass): Situation {
    const { fleet, records, lastings, links, boot } = this.#parts;
    const declared = fleet.read(name);
    const { files, conflict, hasTemplate } = readUnitFiles(name, this.#parts.files, pass);
    const roots = readRoots(name, this.#parts.files);
    const record = records.get(name);
    const lasting = lastings.get(name);
    const resolved = declared.kind === 'valid' ? this.#resolve(name, declared.declaration, pass) : undefined;
    if (declared.kind !== 'valid') this.#awaited.set(name, []);
    if (declared.kind === 'absent') links.forget(name);
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
      ...(resolved && { resolved }),
      ...(resolved &&
        declared.kind === 'valid' && { ...this.#render(name, declared.declaration, resolved, pass) }),
      ...(unit && { unit }),
      ...(request && { request }),
    };
  }

  /** What the profile points to, if a machine can be started with it and what the declaration binds. */
  #resolve(name: string, declaration: Declaration, pass: Pass): Resolved {
    const resolved = resolveProfile(this.#parts.links, name, declaration.path, pass);
    const obstacles = obstaclesIn(declaration, pass);
    this.#awaited.set(
      name,
      obstacles.map(({ path }) => path),
    );
    const [first] = obstacles;
    if (first === undefined || resolved.kind !== 'system') return resolved;
    return { kind: 'waiting', reason: first.why, system: resolved.system };
  }

  #render(name: string, declaration: Declaration, resolved: Resolved, pass: Pass): { rendered?: Rendered } {
    if (resolved.kind !== 'system') return {};
    const { machineId, systemdVersion } = this.#parts;
    const unmappable = cannotIdmap(pass);
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

function obstaclesIn({ binds, userNamespace }: Declaration, pass: Pass): { path: string; why: string }[] {
  return binds.flatMap(bind => {
    const why = obstacleOf(bind, userNamespace, lookAtSource(bind.hostPath, pass));
    return why === undefined ? [] : [{ path: bind.hostPath, why }];
  });
}

/** The good system before the last one has no root: it can be returned to while it is still there. */
function lastingFor(request: Request | undefined, lasting: Lasting): Lasting {
  const { previousGood, ...others } = lasting;
  if (request?.kind !== 'rollback' || previousGood === undefined) return lasting;
  return hasInit(previousGood.system) ? lasting : others;
}
