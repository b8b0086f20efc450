import { createHash } from 'node:crypto';
import type { Line } from './lines.ts';

/**
 * Stands for everything that takes a restart of the machine to change, but its system: 16 hex digits. Headers and the
 * order of keys in the declaration are not in it.
 */
export function fingerprintOf(lines: readonly Line[]): string {
  const relevant = lines
    .filter(line => line.restart)
    .map(({ file, section, key, value }) => [file, section, key, value]);
  return createHash('sha256').update(JSON.stringify(relevant)).digest('hex').slice(0, 16);
}
