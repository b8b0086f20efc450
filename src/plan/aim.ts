import { MAX_QUARANTINED } from '../model/bounds.ts';
import type { Start } from './actions.ts';
import { same } from './observed.ts';
import type { Lasting, Quarantine, Situation, Snapshot } from './situation.ts';

/** What a container is to run, and on whose word; `none` when everything it could run was tried and found bad. */
export type Aim =
  | { readonly kind: 'desired' | 'last-good' | 'held'; readonly snapshot: Snapshot }
  | { readonly kind: 'none'; readonly reason: string };

/** What the profile and the declaration ask for; undefined while they don't lead to a system. */
export function desiredOf({ resolved, rendered }: Situation): Snapshot | undefined {
  if (resolved?.kind !== 'system') return undefined;
  if (rendered === undefined) throw new Error('a resolved system is not rendered');
  return { system: resolved.system, fingerprint: rendered.fingerprint, files: rendered.files };
}

/** Held, else what is desired, else, where that was found bad, what was last good. */
export function aimOf(situation: Situation, desired: Snapshot): Aim {
  const { lasting } = situation;
  if (lasting.hold !== undefined) return { kind: 'held', snapshot: lasting.hold };
  const entry = quarantineOf(lasting, desired);
  if (entry === undefined) return { kind: 'desired', snapshot: desired };
  const lastGood = alternative(situation, desired);
  const failed = lastGood && quarantineOf(lasting, lastGood);
  if (lastGood !== undefined && failed === undefined) return { kind: 'last-good', snapshot: lastGood };
  // Where there is nothing better to run, a boot of the host is worth one more try.
  if (lastGood !== undefined && failed?.boot !== situation.boot) {
    return { kind: 'last-good', snapshot: lastGood };
  }
  if (lastGood === undefined && entry.boot !== situation.boot) return { kind: 'desired', snapshot: desired };
  return { kind: 'none', reason: noneLeft(entry, failed, situation) };
}

function alternative({ lasting, declared }: Situation, desired: Start): Snapshot | undefined {
  const { lastGood } = lasting;
  if (lastGood === undefined || same(lastGood, desired)) return undefined;
  return declared.kind === 'valid' && declared.declaration.activation.rollback ? lastGood : undefined;
}

function noneLeft(entry: Quarantine, lastGood: Quarantine | undefined, { lasting }: Situation): string {
  if (lastGood !== undefined) {
    return `${entry.reason}; and so did the last good system: ${lastGood.reason}`;
  }
  if (lasting.lastGood === undefined) return `${entry.reason}; there is no last good system to return to`;
  return same(lasting.lastGood, entry)
    ? entry.reason
    : `${entry.reason}; activation.rollback is false, so it does not return to ${lasting.lastGood.system}`;
}

export function quarantineOf(lasting: Lasting, start: Start): Quarantine | undefined {
  return lasting.quarantined?.find(entry => same(entry, start));
}

/** An entry for `start` beside those of other systems: as many as may be kept, the newest. */
export function withQuarantine(lasting: Lasting, entry: Quarantine): Lasting {
  const others = (lasting.quarantined ?? []).filter(each => !same(each, entry));
  return { ...lasting, quarantined: [...others, entry].slice(-MAX_QUARANTINED) };
}

/** The same units for another system: a rendering knows its system by the store path only. */
export function withSystem({ system, fingerprint, files }: Snapshot, other: string): Snapshot {
  const retargeted = files.map(file => ({ ...file, content: file.content.replaceAll(system, other) }));
  return { system: other, fingerprint, files: retargeted };
}

/** A machine as it is, with the units it runs with as far as they are known. */
export function presentSnapshot(situation: Situation, runs: Start | undefined): Snapshot | undefined {
  const desired = desiredOf(situation);
  const { lastGood } = situation.lasting;
  if (runs === undefined) {
    const aim = desired && aimOf(situation, desired);
    return aim === undefined || aim.kind === 'none' ? (desired ?? lastGood) : aim.snapshot;
  }
  const known = [lastGood, desired].find(each => same(each, runs));
  const base = known ?? desired ?? lastGood;
  return base && withSystem(base, runs.system);
}

/** Where `Rollback` goes: a system as asked for, or the one last good that isn't the one in question. */
export function rollbackSnapshot(
  situation: Situation,
  system: string,
  runs: Start | undefined,
): Snapshot | undefined {
  const desired = desiredOf(situation);
  const { lastGood, previousGood } = situation.lasting;
  const good = [lastGood, previousGood].filter(each => each !== undefined);
  if (system === '') {
    const avoid = desired?.system ?? runs?.system;
    return good.find(each => each.system !== avoid);
  }
  const known = good.find(each => each.system === system);
  const base = desired ?? lastGood;
  return known ?? (base && withSystem(base, system));
}
