import { readIfThere } from '../adapters/files.ts';
import { MAX_BYTES } from '../model/bounds.ts';
import { messageOf, NspawndError } from '../model/errors.ts';
import { SETTINGS } from '../model/paths.ts';
import { parseSettings, type Settings } from '../model/settings.ts';

/** The daemon's settings; a missing file means the defaults. Throws an error that names the file, and the field. */
export function readSettings(): Settings {
  const text = readIfThere(SETTINGS, { max: MAX_BYTES.declaration, strict: true }) ?? '{}';
  try {
    return parseSettings(text);
  } catch (error) {
    throw new NspawndError('InvalidDeclaration', `${SETTINGS}: ${messageOf(error)}`);
  }
}
