import { readdirSync } from 'node:fs';
import * as z from 'zod/mini';
import { RECORDS } from '../model/paths.ts';
import type { MachineRecord } from '../plan/situation.ts';
import { isMissing, readIfThere, removeFile, writeAtomically } from './files.ts';

const Start = { system: z.string(), fingerprint: z.string() };
const Invoked = { invocation: z.string() };
const Stored = z.object({
  version: z.literal(1),
  started: z.optional(z.object({ ...Start, ...Invoked })),
  switch: z.optional(z.object({ ...Invoked, system: z.string(), finished: z.boolean() })),
  verdict: z.optional(
    z.object({
      ...Invoked,
      system: z.string(),
      complaint: z.string(),
      guestState: z.string(),
      failedUnits: z.array(z.string()),
      excuses: z.optional(z.record(z.string(), z.string())),
      evidence: z.optional(z.array(z.string())),
    }),
  ),
  trial: z.optional(z.object({ ...Invoked, system: z.string(), reason: z.string(), isStuck: z.boolean() })),
  failure: z.optional(z.object(Start)),
  updated: z.optional(z.object({ timestamp: z.number(), duration: z.number() })),
  stopped: z.optional(z.string()),
});

/**
 * What this boot needs to know of each machine, in /run, so that it is as volatile as the machines are.
 * The daemon is the only writer: it reads a record once and keeps it.
 */
export class Records {
  readonly #known = new Map<string, MachineRecord>();
  readonly #warn: (message: string) => void;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  get(name: string): MachineRecord {
    let record = this.#known.get(name);
    if (record === undefined) {
      record = this.#read(name);
      this.#known.set(name, record);
    }
    return record;
  }

  set(name: string, record: MachineRecord): void {
    writeAtomically(fileOf(name), `${JSON.stringify({ version: 1, ...record })}\n`, { mode: 0o600 });
    this.#known.set(name, record);
  }

  delete(name: string): void {
    removeFile(fileOf(name));
    this.#known.delete(name);
  }

  names(): string[] {
    try {
      return readdirSync(RECORDS)
        .filter(file => file.endsWith('.json') && !file.startsWith('.'))
        .map(file => file.slice(0, -'.json'.length));
    } catch (error) {
      if (isMissing(error)) return [];
      throw new Error(`cannot list ${RECORDS}`, { cause: error });
    }
  }

  /** A damaged record is as good as none: what a machine was started with stands in its `.nspawn` file too. */
  #read(name: string): MachineRecord {
    const text = readIfThere(fileOf(name));
    if (text === undefined) return {};
    try {
      const { version: _, ...record } = Stored.parse(JSON.parse(text));
      return record as MachineRecord;
    } catch (error) {
      this.#warn(`${fileOf(name)} is damaged and is ignored: ${String(error)}`);
      return {};
    }
  }
}

function fileOf(name: string): string {
  return `${RECORDS}/${name}.json`;
}
