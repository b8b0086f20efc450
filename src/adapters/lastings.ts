import * as z from 'zod/mini';
import { MAX_QUARANTINED } from '../model/bounds.ts';
import { LASTING, pathOf, type UnitFileKind } from '../model/paths.ts';
import type { Lasting, Snapshot } from '../plan/situation.ts';
import { isOurs, readHeader } from '../render/render.ts';
import { StateFiles } from './state-files.ts';
import { bootId, evidence, reason, start } from './state-values.ts';

const Kind = z.enum(['nspawn', 'network', 'drop-in'] satisfies UnitFileKind[]);
const Rendered = z.object({
  kind: Kind,
  content: z.string().check(z.refine(isOurs, { error: 'no unit file of ours' })),
});
const StoredSnapshot = z
  .object({
    ...start,
    files: z.array(Rendered).check(z.maxLength(Kind.options.length)),
    bus: z.exactOptional(z.boolean()),
  })
  .check(z.refine(isWhole, { error: 'no complete set of unit files' }));
const Stored = z.object({
  lastGood: z.optional(StoredSnapshot),
  previousGood: z.optional(StoredSnapshot),
  quarantined: z.optional(
    z.array(z.object({ ...start, reason, boot: bootId, evidence: z.exactOptional(evidence) })),
  ),
  hold: z.optional(StoredSnapshot),
});
type StoredSnapshot = z.infer<typeof StoredSnapshot>;

/** What must survive a reboot of the host, in /var/lib: one JSON file a name, written as a whole. */
export class Lastings extends StateFiles<Lasting> {
  constructor(warn: (message: string) => void, directory = LASTING) {
    const loss = 'its last good system and its hold are forgotten';
    super({ directory, version: 1, read, write: { durable: true }, loss }, warn);
  }
}

function read(name: string, file: object): Lasting {
  const { lastGood, previousGood, quarantined, hold } = Stored.parse(withoutExcess(file));
  return {
    ...(lastGood && { lastGood: snapshotOf(name, lastGood) }),
    ...(previousGood && { previousGood: snapshotOf(name, previousGood) }),
    ...(quarantined && { quarantined }),
    ...(hold && { hold: snapshotOf(name, hold) }),
  };
}

/** More than we ever write is not looked at: the oldest come first. */
function withoutExcess(file: object): object {
  if (!('quarantined' in file) || !Array.isArray(file.quarantined)) return file;
  return { ...file, quarantined: file.quarantined.slice(-MAX_QUARANTINED) };
}

/** A rollback writes these files: where to is for us to say, not for the file. */
function snapshotOf(name: string, { files, ...start }: StoredSnapshot): Snapshot {
  return { ...start, files: files.map(({ kind, content }) => ({ kind, path: pathOf(kind, name), content })) };
}

/** One of each kind at most, and a `.nspawn` file that names the system that it is for: it is what a start goes by. */
function isWhole({ system, fingerprint, files }: StoredSnapshot): boolean {
  const nspawn = readHeader(files.find(({ kind }) => kind === 'nspawn')?.content ?? '');
  const kinds = new Set(files.map(({ kind }) => kind));
  return kinds.size === files.length && nspawn.system === system && nspawn.fingerprint === fingerprint;
}
