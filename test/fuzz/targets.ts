import type { Target } from './target.ts';
import { busBodies, busBytes } from './targets/bus-bytes.ts';
import { busValues } from './targets/bus-values.ts';
import { callers } from './targets/callers.ts';
import { declarations } from './targets/declarations.ts';
import { guests } from './targets/guests.ts';
import { links } from './targets/links.ts';
import { names } from './targets/names.ts';
import { plans } from './targets/plans.ts';
import { settings } from './targets/settings.ts';
import { stateFiles } from './targets/state-files.ts';

/** A new one is a file and a line here. */
export const targets: readonly Target<never>[] = [
  declarations,
  settings,
  names,
  busValues,
  busBytes,
  busBodies,
  links,
  plans,
  guests,
  callers,
  stateFiles,
] as unknown as readonly Target<never>[];

export function targetNamed(name: string): Target {
  const found = targets.find(target => target.name === name);
  if (found === undefined)
    throw new Error(
      `no target ${JSON.stringify(name)}; there are ${targets.map(one => one.name).join(', ')}`,
    );
  return found as Target;
}
