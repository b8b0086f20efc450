import type { Overrides, SectionOverride } from '../model/declaration.ts';
import type { FileKind, Line } from './lines.ts';
import { lines } from './lines.ts';

/** Whether values of a setting are added to ours instead of replacing them. */
export type IsList = (section: string, key: string) => boolean;

/**
 * Merges raw sections over ours: a given setting replaces ours (or adds to it, where `isList`), null leaves it out;
 * a list of sections replaces the section, null leaves it out. Names are taken in alphabetic order, so that the order
 * of keys in a declaration changes nothing.
 */
export function merge(
  ours: readonly Line[],
  file: FileKind,
  overrides: Overrides,
  isList: IsList = () => false,
): Line[] {
  return sorted(overrides).reduce(
    (merged, [section, given]) => {
      if (given === undefined) return merged;
      if (given === null || Array.isArray(given)) {
        return [...merged.filter(line => line.section !== section), ...repeated(file, section, given ?? [])];
      }
      return mergeSection(merged, file, section, given as SectionOverride, isList);
    },
    [...ours],
  );
}

function mergeSection(
  ours: Line[],
  file: FileKind,
  section: string,
  given: SectionOverride,
  isList: IsList,
): Line[] {
  const replaced = (line: Line) =>
    line.section === section &&
    Object.hasOwn(given, line.key) &&
    (given[line.key] === null || !isList(section, line.key));
  return [...ours.filter(line => !replaced(line)), ...sectionLines(file, section, given)];
}

function repeated(file: FileKind, section: string, given: readonly SectionOverride[]): Line[] {
  return given.flatMap((one, at) => sectionLines(file, `${section}#${at}`, one));
}

function sectionLines(file: FileKind, section: string, given: SectionOverride): Line[] {
  return sorted(given).flatMap(([key, values]) => lines(file, section, { [key]: values ?? [] }));
}

function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
