import { readdirSync } from 'node:fs';
import { messageOf } from '../model/errors.ts';
import { isMachineName } from '../model/name.ts';
import { quoted } from '../model/text.ts';
import { isMissing } from './files.ts';

/** A directory of ours with an entry for each name. What else is in it is not touched, and told of once. */
export class NameList {
  readonly #directory: string;
  readonly #suffix: string;
  readonly #warn: (message: string) => void;
  #hasWarned = false;

  /** Entries without `suffix`, and hidden ones, may be anybody's. */
  constructor(directory: string, suffix: string, warn: (message: string) => void) {
    this.#directory = directory;
    this.#suffix = suffix;
    this.#warn = warn;
  }

  /** The machine names in it; none where it does not exist. */
  read(): string[] {
    const names = this.#entries()
      .filter(entry => entry.endsWith(this.#suffix) && !entry.startsWith('.'))
      .map(entry => entry.slice(0, entry.length - this.#suffix.length));
    const other = names.find(name => !isMachineName(name));
    if (other === undefined) return names;
    this.#warnOnce(
      `ignoring ${quoted(`${other}${this.#suffix}`)} in ${this.#directory}, and whatever else is no machine's there`,
    );
    return names.filter(isMachineName);
  }

  /** A directory that can't be listed keeps nobody from being looked after: each name says for itself what is wrong. */
  #entries(): string[] {
    try {
      return readdirSync(this.#directory);
    } catch (error) {
      if (!isMissing(error)) this.#warnOnce(`cannot list ${this.#directory}: ${messageOf(error)}`);
      return [];
    }
  }

  #warnOnce(message: string): void {
    if (!this.#hasWarned) this.#warn(message);
    this.#hasWarned = true;
  }
}
