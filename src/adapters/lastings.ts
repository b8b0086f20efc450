import { readdirSync, renameSync } from 'node:fs';
import * as z from 'zod/mini';
import { messageOf } from '../model/errors.ts';
import { LASTING, type UnitFileKind } from '../model/paths.ts';
import type { Lasting } from '../plan/situation.ts';
import { isMissing, readIfThere, removeFile, removeTemporaries, writeAtomically } from './files.ts';

const Start = { system: z.string(), fingerprint: z.string() };
const Kind = z.enum(['nspawn', 'network', 'drop-in'] satisfies UnitFileKind[]);
const Snapshot = z.object({
  ...Start,
  files: z.array(z.object({ kind: Kind, path: z.string(), content: z.string() })),
  bus: z.optional(z.boolean()),
});
const Stored = z.object({
  version: z.literal(1),
  lastGood: z.optional(Snapshot),
  previousGood: z.optional(Snapshot),
  quarantined: z.optional(
    z.array(
      z.object({
        ...Start,
        reason: z.string(),
        boot: z.string(),
        evidence: z.optional(z.array(z.string())),
      }),
    ),
  ),
  hold: z.optional(Snapshot),
});

/**
 * What must survive a reboot of the host, in /var/lib: one JSON file a name, written as a whole.
 * The daemon is the only writer: it reads a file once and keeps it.
 */
export class Lastings {
  readonly #known = new Map<string, Lasting>();
  readonly #warn: (message: string) => void;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** Removes what was being written when the power or we went. */
  tidy(): void {
    try {
      removeTemporaries(LASTING);
    } catch (error) {
      if (!isMissing(error)) this.#warn(`cannot tidy up ${LASTING}: ${messageOf(error)}`);
    }
  }

  get(name: string): Lasting {
    let lasting = this.#known.get(name);
    if (lasting === undefined) {
      lasting = this.#read(name);
      this.#known.set(name, lasting);
    }
    return lasting;
  }

  set(name: string, lasting: Lasting): void {
    const text = `${JSON.stringify({ version: 1, ...lasting }, null, 2)}\n`;
    writeAtomically(fileOf(name), text, { mode: 0o600, durable: true });
    this.#known.set(name, lasting);
  }

  delete(name: string): void {
    removeFile(fileOf(name));
    this.#known.delete(name);
  }

  /** Every name that something is remembered of. */
  names(): string[] {
    try {
      return readdirSync(LASTING).flatMap(file =>
        file.endsWith('.json') && !file.startsWith('.') ? [file.slice(0, -'.json'.length)] : [],
      );
    } catch (error) {
      if (isMissing(error)) return [];
      throw new Error(`cannot list ${LASTING}`, { cause: error });
    }
  }

  /** A damaged file must not keep its machine from being looked after: it is set aside, for people to look at. */
  #read(name: string): Lasting {
    const path = fileOf(name);
    const text = readIfThere(path);
    if (text === undefined) return {};
    try {
      const { version: _, ...lasting } = Stored.parse(JSON.parse(text));
      return lasting as Lasting;
    } catch (error) {
      const aside = `${path}.damaged`;
      renameSync(path, aside);
      this.#warn(
        `${path} is damaged, and kept as ${aside}; its last good system is forgotten: ${String(error)}`,
      );
      return {};
    }
  }
}

function fileOf(name: string): string {
  return `${LASTING}/${name}.json`;
}
