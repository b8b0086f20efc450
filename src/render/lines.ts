/** The files that a container is rendered to. */
import { DeclarationError, ProblemList } from '../model/declaration.ts';
import { notOneLine } from '../model/one-line.ts';
import type { UnitFileKind as FileKind } from '../model/paths.ts';

export type { FileKind };

/** One `Key=value` of a rendered file; the value is written as it is, in the syntax of that file and key. */
export interface Line {
  readonly file: FileKind;
  readonly section: string;
  readonly key: string;
  readonly value: string;
  /**
   * Whether a change is a reason to restart the machine. Not so what a daemon-reload applies to the running unit,
   * what may as well wait for the next start, and the system itself, which is compared apart.
   */
  readonly restart: boolean;
}

/** Lines of one section; booleans as systemd writes them, an array is a line for each. */
export function lines(
  file: FileKind,
  section: string,
  settings: Readonly<Record<string, string | boolean | readonly string[]>>,
  { restart = true } = {},
): Line[] {
  return Object.entries(settings).flatMap(([key, value]) =>
    [value].flat().map(one => ({ file, section, key, value: text(one), restart })),
  );
}

/**
 * The text of a unit file: sections in the order in which they first come. Throws a DeclarationError for a value that
 * would not come back as it is: whatever its schema let through, it ends here.
 */
export function formatLines(given: readonly Line[]): string {
  const problems = new ProblemList();
  for (const { section, key, value } of given) {
    const message = notOneLine(value);
    if (message !== undefined)
      problems.add(() => ({ field: `[${sectionName(section)}] ${key}=`, message: message }));
  }
  if (problems.count > 0) throw new DeclarationError(problems);
  const sections = Map.groupBy(given, line => line.section);
  return [...sections]
    .map(
      ([section, own]) =>
        `[${sectionName(section)}]\n${own.map(line => `${line.key}=${line.value}\n`).join('')}`,
    )
    .join('\n');
}

/** A section that is written more than once has a number behind its name: `Address#2`. */
function sectionName(section: string): string {
  return section.split('#')[0] ?? section;
}

function text(value: string | boolean): string {
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : value;
}
