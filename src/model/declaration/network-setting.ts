import { booleanOr, number, oneOf, type Reads, size, span } from './network-readers.ts';
import { words } from './readers.ts';

/** What a setting of a `.network` file may be. */
export interface Setting {
  readonly reads: Reads;
  readonly meaning: string;
}

/** Settings by `Section.Setting`. */
export type Settings = [string, Setting][];

/** Every name of a setting in `settings`, read in the same way. */
export function all(reads: Reads, meaning: string, settings: string): Settings {
  return words(settings).map(name => [name, { reads, meaning }]);
}

export function choice(others: string, settings: string): Settings {
  return all(
    booleanOr(others),
    `true, false${words(others)
      .map(one => `, ${one}`)
      .join('')}`,
    settings,
  );
}

export function names(allowed: string, settings: string): Settings {
  return all(oneOf(allowed), `one of ${words(allowed).join(', ')}`, settings);
}

export function range(least: bigint, most: bigint, settings: string): Settings {
  return all(number(least, most), `a number from ${least} to ${most}`, settings);
}

export function bytes(base: bigint, least: bigint, most: bigint, settings: string): Settings {
  return all(
    size(base, least, most),
    `a number from ${least} to ${most}, or with K, M, G, T, P or E`,
    settings,
  );
}

export function spans(least: bigint, most: bigint, settings: string): Settings {
  return all(span(least, most), `a time span from ${least}s to ${most}s`, settings);
}
