import { readIfThere } from '../adapters/files.ts';
import { messageOf, NspawndError } from '../model/errors.ts';
import { SETTINGS } from '../model/paths.ts';
import { parseSettings, type Settings } from '../model/settings.ts';

/** The daemon's settings; a missing file means the defaults. Throws `InvalidDeclaration` naming file and field. */
export function readSettings(): Settings {
  const text = readIfThere(SETTINGS) ?? '{}';
  try {
    return parseSettings(text);
  } catch (error) {
    throw new NspawndError('InvalidDeclaration', `${SETTINGS}: ${messageOf(error)}`);
  }
}
