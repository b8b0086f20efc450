import { opendirSync } from 'node:fs';
import { MAX_CONTAINERS, MAX_REFUSED } from '../model/bounds.ts';
import { isMachineName } from '../model/name.ts';
import { DECLARATIONS } from '../model/paths.ts';
import { quoted, sanitize, shortened } from '../model/text.ts';

/** What is in the directory of declarations. */
export interface Listing {
  /** Of files that are declarations by their names. */
  readonly names: readonly string[];
  /** A sentence for each of the first that would be, if their names were machine names, and for what was not looked at. */
  readonly refused: readonly string[];
}

/** So many entries are looked at; twice as many as there can be containers, for what else may lie there. */
const MAX_ENTRIES = 2 * MAX_CONTAINERS;

/**
 * Lists the directory. Each bad name is told of as long as they are few; a directory full of junk costs no more time
 * and memory than one that is in use.
 */
export function listDeclarations(directory = DECLARATIONS): Listing {
  const { files, isAll } = declarationFiles(directory);
  const names = files.flatMap(file => nameOf(file) ?? []);
  const bad = files.filter(file => nameOf(file) === undefined).sort();
  const refused = bad.slice(0, MAX_REFUSED).map(file => refusal(directory, file));
  if (bad.length > MAX_REFUSED)
    refused.push(`${directory}: ${bad.length - MAX_REFUSED} more files with names that are no machine names`);
  if (!isAll) refused.push(`${directory} has more than ${MAX_ENTRIES} entries: the others are not looked at`);
  if (names.length > MAX_CONTAINERS)
    refused.push(`${directory} has more than ${MAX_CONTAINERS} declarations: the others are not taken up`);
  return { names, refused };
}

/** The machine that a file declares; undefined for a file that is no declaration by its name. */
export function nameOf(file: string): string | undefined {
  const name = isDeclaration(file) ? file.slice(0, -SUFFIX.length) : '';
  return isMachineName(name) ? name : undefined;
}

const SUFFIX = '.json';

/** Hidden files, and with other endings, are what editors leave, or notes. */
function isDeclaration(file: string): boolean {
  return file.endsWith(SUFFIX) && !file.startsWith('.');
}

function declarationFiles(path: string): { files: string[]; isAll: boolean } {
  const directory = opendirSync(path, { bufferSize: 256 });
  const files: string[] = [];
  try {
    for (let seen = 0; seen < MAX_ENTRIES; seen++) {
      const entry = directory.readSync();
      if (entry === null) return { files, isAll: true };
      if (isDeclaration(entry.name)) files.push(entry.name);
    }
    return { files, isAll: directory.readSync() === null };
  } finally {
    directory.closeSync();
  }
}

/** Bytes that are no UTF-8 have become U+FFFD, which says it all. */
function refusal(directory: string, file: string): string {
  const name = file.slice(0, -SUFFIX.length);
  const why = name.includes('\ufffd') ? 'is not valid UTF-8' : 'is not a valid machine name';
  return `${directory}/${shortened(sanitize(file))}: ${quoted(name)} ${why}`;
}
