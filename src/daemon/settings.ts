import type { Logger } from 'pino';
import { readIfThere, writeAtomically } from '../adapters/files.ts';
import { MAX_BYTES } from '../model/bounds.ts';
import { messageOf, NspawndError } from '../model/errors.ts';
import { SETTINGS } from '../model/paths.ts';
import { parseSettings, type Settings } from '../model/settings.ts';

/** The settings that were last in force in this boot, as they were written. */
const IN_FORCE = '/run/nspawnd/settings.json';
const OPTIONS = { max: MAX_BYTES.declaration, strict: true };

/** The daemon's settings; a missing file means the defaults. Throws an error that names the file, and the field. */
export function readSettings(log: Logger): Settings {
  const text = readIfThere(SETTINGS, OPTIONS) ?? '{}';
  let settings: Settings;
  try {
    settings = parseSettings(text);
  } catch (error) {
    throw new NspawndError('InvalidDeclaration', `${SETTINGS}: ${messageOf(error)}`);
  }
  keep(text, log);
  return settings;
}

/**
 * Bad settings must not keep machines from being looked after, nor loosen a bound: a daemon that finds them when it
 * starts takes those that were last in force in this boot, else the defaults.
 */
export function initialSettings(log: Logger): { settings: Settings; problem?: string } {
  try {
    return { settings: readSettings(log) };
  } catch (error) {
    const problem = messageOf(error);
    const last = lastInForce(log);
    const which = last === undefined ? 'the default settings' : 'the settings that were last in force';
    log.error({ err: error }, `using ${which}: ${problem}`);
    return { settings: last ?? parseSettings('{}'), problem };
  }
}

function keep(text: string, log: Logger): void {
  try {
    writeAtomically(IN_FORCE, text);
  } catch (error) {
    log.warn(
      { err: error },
      `cannot keep the settings for the next start of the daemon: ${messageOf(error)}`,
    );
  }
}

function lastInForce(log: Logger): Settings | undefined {
  try {
    const text = readIfThere(IN_FORCE, OPTIONS);
    return text === undefined ? undefined : parseSettings(text);
  } catch (error) {
    log.warn({ err: error }, `cannot tell which settings were last in force: ${messageOf(error)}`);
    return undefined;
  }
}
