import type { Logger } from 'pino';
import type { Guest, GuestHealth } from '../adapters/guest.ts';
import { MAX_EVIDENCE } from '../model/bounds.ts';
import { messageOf } from '../model/errors.ts';
import { sanitize, shortened } from '../model/text.ts';
import { sleep } from './clock.ts';

/** Characters of a line. */
const MAX_LINE = 256;
/** The last lines of so many units, for each takes a process to read. */
const MAX_UNITS = 8;
/** What failed a moment ago may not be in the guest's journal yet. Short: a bad system runs on meanwhile. */
const LATE_MS = 500;
/** And in the journal of the host, of one failure. */
const MAX_LOGGED = 64 * 1024;

/** The last lines of each unit that keeps a guest from being healthy, each with the unit's name in front. Never rejects. */
export async function evidenceOf(
  guest: Guest,
  { failedUnits, restarting }: Pick<GuestHealth, 'failedUnits' | 'restarting'>,
  signal: AbortSignal,
  log: Logger,
): Promise<string[]> {
  const units = [...failedUnits, ...restarting].slice(0, MAX_UNITS);
  const lines = Math.floor(MAX_EVIDENCE / Math.max(units.length, 1));
  const of = async (unit: string) => {
    try {
      return (await guest.log({ unit, lines, manager: true, named: true })).map(line => `${unit}: ${line}`);
    } catch (error) {
      log.warn({ err: error, unit }, `cannot read the log of ${unit} in a guest: ${messageOf(error)}`);
      return [];
    }
  };
  const all = async () => (await Promise.all(units.map(of))).flat();
  const said = await all();
  if (said.length > 0 || units.length === 0) return bounded(said);
  await sleep(LATE_MS, signal);
  return bounded(await all());
}

/** The last of these lines, as they are kept beside a verdict. */
export function bounded(lines: readonly string[]): string[] {
  return lines.slice(-MAX_EVIDENCE).map(line => shortened(sanitize(line), MAX_LINE));
}

/** Puts lines of what failed into the journal of the host, one entry each; of too many the last ones. */
export function tellEvidence(log: Logger, name: string, lines: readonly string[]): void {
  let first = lines.length;
  for (let room = MAX_LOGGED; first > 0; first--) {
    room -= lines[first - 1]?.length ?? 0;
    if (room < 0) break;
  }
  for (const line of lines.slice(first)) log.warn({ name, action: 'evidence' }, `${name}: | ${line}`);
}
