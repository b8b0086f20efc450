import { lookAtSource } from '../adapters/bind-sources.ts';
import { fileOf } from '../adapters/declarations.ts';
import type { FileCache } from '../adapters/file-cache.ts';
import { readRoots } from '../adapters/gc-roots.ts';
import { cannotIdmap } from '../adapters/host-facts.ts';
import type { Lastings } from '../adapters/lastings.ts';
import type { LinkWatcher } from '../adapters/link-watcher.ts';
import { NameList } from '../adapters/name-list.ts';
import { Pass } from '../adapters/pass.ts';
import { hasInit, resolveProfile } from '../adapters/profiles.ts';
import type { Records } from '../adapters/records.ts';
import type { Systemd1 } from '../adapters/systemd1.ts';
import { readUnitFiles } from '../adapters/unit-files.ts';
import { obstacleOf } from '../model/bind-source.ts';
import { MAX_CONTAINERS } from '../model/bounds.ts';
import type { Declaration } from '../model/declaration.ts';
import { messageOf, NspawndError } from '../model/errors.ts';
import { GC_ROOTS } from '../model/paths.ts';
import type { Declared, Lasting, Request, Resolved, Situation, UnitState } from '../plan/situation.ts';
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
  warn(message: string): void;
}

const DEFAULT_TIMEOUT_MS = 90_000;
/** So many containers are read in a few ms. */
const SLICE = 32;

type RequestOf = (name: string) => Request | undefined;

/** One name's situation, or why it could not be read. */
export type Reading = Situation | { readonly name: string; readonly error: unknown };

/** Reads everything there is to know about containers, afresh each time. */
export class World {
  readonly #parts: WorldParts;
  /** The last rendering of each declaration: rendering is pure, so equal inputs need no second one. */
  readonly #rendered = new WeakMap<Declaration, { key: string; rendered: Rendered }>();

  readonly #rooted: NameList;
  readonly #awaited: AwaitedSources;

  constructor(parts: WorldParts) {
    this.#parts = parts;
    this.#rooted = new NameList(GC_ROOTS, '', parts.warn);
    this.#awaited = new AwaitedSources(parts.links);
  }

  /** Every name of which something of ours is left on the host, and of the others that are declared as many as may be. */
  names(): Set<string> {
    const { fleet, records, lastings } = this.#parts;
    const names = new Set([...records.names(), ...lastings.names(), ...this.#rooted.read()]);
    for (const name of fleet.names()) {
      if (names.size >= MAX_CONTAINERS) break;
      names.add(name);
    }
    return names;
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
  async read(names: readonly string[], requestOf: RequestOf): Promise<Reading[]> {
    return this.#readFiles(names, await this.#parts.systemd.units(names), requestOf);
  }

  /** The same, a few at a time: for those who do nothing about what they read, so that it may change meanwhile. */
  async *readInSlices(names: readonly string[], requestOf: RequestOf): AsyncGenerator<Reading[]> {
    const units = await this.#parts.systemd.units(names);
    for (let at = 0; at < names.length; at += SLICE) {
      if (at > 0) await new Promise(resolve => setImmediate(resolve));
      yield this.#readFiles(names.slice(at, at + SLICE), units, requestOf);
    }
  }

  #readFiles(
    names: readonly string[],
    units: ReadonlyMap<string, UnitState>,
    requestOf: RequestOf,
  ): Reading[] {
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
    return declared.kind === 'valid' ? obstacleIn(declared.declaration, new Pass())?.why : undefined;
  }

  /** Stops following a name's profile, and remembers nothing of its files. */
  forget(name: string): void {
    this.#parts.links.forget(name);
    this.#awaited.set(name, undefined);
    this.#parts.files.forget(name);
  }

  #situation(name: string, unit: UnitState | undefined, request: Request | undefined, pass: Pass): Situation {
    const { fleet, records, lastings, links, boot } = this.#parts;
    const found = fleet.read(name);
    const { files, conflict, hasTemplate } = readUnitFiles(name, this.#parts.files, pass);
    const roots = readRoots(name, this.#parts.files);
    const record = records.get(name);
    const lasting = lastings.get(name);
    const { declared, resolved, rendered } = this.#follow(name, found, pass);
    if (declared.kind !== 'valid') this.#awaited.set(name, undefined);
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
      ...(rendered && { rendered }),
      ...(unit && { unit }),
      ...(request && { request }),
    };
  }

  /** What a declaration leads to; one that can't be rendered is as invalid as one that can't be read. */
  #follow(
    name: string,
    declared: Declared,
    pass: Pass,
  ): { declared: Declared; resolved?: Resolved; rendered?: Rendered } {
    if (declared.kind !== 'valid') return { declared };
    const { declaration } = declared;
    const resolved = resolveProfile(this.#parts.links, name, declaration.path, pass);
    if (resolved.kind !== 'system') return { declared, resolved };
    try {
      const rendered = this.#render(name, declaration, resolved.system, pass);
      const reason = this.#obstacle(name, declaration, pass);
      if (reason === undefined) return { declared, resolved, rendered };
      return { declared, resolved: { kind: 'waiting', reason, system: resolved.system } };
    } catch (error) {
      if (!(error instanceof NspawndError) || error.code !== 'InvalidDeclaration') throw error;
      return { declared: { kind: 'invalid', reason: `${fileOf(name)}: ${messageOf(error)}` } };
    }
  }

  /** Why no machine can be started with what the declaration binds; when that may have changed, it is looked at again. */
  #obstacle(name: string, declaration: Declaration, pass: Pass): string | undefined {
    const obstacle = obstacleIn(declaration, pass);
    this.#awaited.set(name, obstacle?.path);
    return obstacle?.why;
  }

  #render(name: string, declaration: Declaration, system: string, pass: Pass): Rendered {
    const { machineId, systemdVersion } = this.#parts;
    const unmappable = cannotIdmap(pass);
    const key = JSON.stringify([name, system, ...unmappable]);
    const known = this.#rendered.get(declaration);
    if (known?.key === key) return known.rendered;
    const rendered = render(name, declaration, system, {
      machineId,
      systemdVersion,
      cannotIdmap: unmappable,
    });
    this.#rendered.set(declaration, { key, rendered });
    return rendered;
  }
}

/** The first bind that can't be made as the host is: where, and why. */
function obstacleIn(
  { binds, userNamespace }: Declaration,
  pass: Pass,
): { path: string; why: string } | undefined {
  for (const bind of binds) {
    const why = obstacleOf(bind, userNamespace, lookAtSource(bind.hostPath, pass));
    if (why !== undefined) return { path: bind.hostPath, why };
  }
  return undefined;
}

/** The good system before the last one has no root: it can be returned to while it is still there. */
function lastingFor(request: Request | undefined, lasting: Lasting): Lasting {
  const { previousGood, ...others } = lasting;
  if (request?.kind !== 'rollback' || previousGood === undefined) return lasting;
  return hasInit(previousGood.system) ? lasting : others;
}
