import { lstatSync, readdirSync, renameSync, rmdirSync, utimesSync, writeFileSync } from 'node:fs';
import { MAX_BYTES } from '../model/bounds.ts';
import { unitOf } from '../model/name.ts';
import type { LiveProperty } from '../render/live-limits.ts';
import { errorCode, isMissing, isUnusable, readIfThere, removeFile } from './files.ts';

/*
 * What SetUnitProperties sets, PID 1 also writes to `50-SETTING.conf` in /run/systemd/system.control. Drop-ins are read
 * in the order of their file names: as long as our 50-nspawnd.conf has the setting it wins, it comes after every
 * capital letter. When the setting goes from it, what was once set live would come back at the next load of the unit.
 * So those files that are ours get a mark, and go before that. An administrator's `systemctl set-property` replaces
 * the file, and with it the mark.
 */

const CONTROL = { max: MAX_BYTES.units };
const MARK = '# Set by nspawnd on the running unit; 50-nspawnd.conf has the same.\n';

/** Marks the files that `Systemd1.setProperties` has just written as ours. */
export function claimControlFiles(name: string, properties: readonly LiveProperty[]): void {
  // Nearly all are named after the setting, 50-ManagedOOMMemoryPressureDurationUSec.conf after the property.
  const names = new Set(properties.flatMap(property => [property.setting, property.name]));
  for (const one of names) {
    const path = `${directoryOf(name)}/50-${one}.conf`;
    const content = readIfThere(path, CONTROL);
    if (content === undefined || content.startsWith(MARK)) continue;
    try {
      replaceUnseen(path, `${MARK}${content}`);
    } catch (error) {
      throw new Error(`cannot mark ${path} as ours`, { cause: error });
    }
  }
}

/**
 * Removes what we set on the running unit, and nobody else's; the paths. It takes effect when the unit is loaded anew:
 * call it before a daemon-reload, or when the unit isn't loaded.
 */
export function dropControlFiles(name: string): string[] {
  const directory = directoryOf(name);
  const ours = entriesOf(directory)
    .map(entry => `${directory}/${entry}`)
    .filter(isMarked);
  for (const path of ours) removeFile(path);
  if (ours.length > 0) removeIfEmpty(directory);
  return ours;
}

/** Whatever can't be read as a file is none of ours. */
function isMarked(path: string): boolean {
  try {
    return readIfThere(path, CONTROL)?.startsWith(MARK) === true;
  } catch (error) {
    if (isUnusable(error)) return false;
    throw error;
  }
}

function directoryOf(name: string): string {
  return `/run/systemd/system.control/${unitOf(name)}.d`;
}

/** No newer than the old file, or PID 1 would ask for a daemon-reload; in whole seconds, as fractions get rounded. */
function replaceUnseen(path: string, content: string): void {
  const time = Math.floor(lstatSync(path).mtimeMs / 1000);
  const temporary = `${path}.nspawnd~`;
  writeFileSync(temporary, content, { mode: 0o644 });
  utimesSync(temporary, time, time);
  renameSync(temporary, path);
}

function entriesOf(directory: string): string[] {
  // Looked at first: hardly any container has it, and an exception costs more than the look.
  if (lstatSync(directory, { throwIfNoEntry: false }) === undefined) return [];
  try {
    return readdirSync(directory).filter(entry => entry.endsWith('.conf'));
  } catch (error) {
    if (isMissing(error)) return [];
    throw new Error(`cannot list ${directory}`, { cause: error });
  }
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch (error) {
    if (!isMissing(error) && errorCode(error) !== 'ENOTEMPTY')
      throw new Error(`cannot remove ${directory}`, { cause: error });
  }
}
