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
  const { settings, text } = read();
  keep(text, log);
  return settings;
}

/**
 * Bad settings must not keep machines from being looked after, nor loosen a bound: a daemon that finds them when it
 * starts takes those that were last in force in this boot, else the defaults.
 */
export function initialSettings(log: Logger): Settings {
  try {
    return readSettings(log);
  } catch (error) {
    const last = lastInForce(log);
    const which = last === undefined ? 'the default settings' : 'the settings that were last in force';
    log.error({ err: error }, `using ${which}: ${messageOf(error)}`);
    return last ?? parseSettings('{}');
  }
}

/** What is wrong with the settings file as it is; they are taken up by a reload only. */
export function settingsProblem(): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function read(): { settings: Settings; text: string } {
  const text = readIfThere(SETTINGS, OPTIONS) ?? '{}';
  try {
    return { settings: parseSettings(text), text };
  } catch (error) {
    throw new NspawndError('InvalidDeclaration', `${SETTINGS}: ${messageOf(error)}`);
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
