import * as z from 'zod/mini';
import { readBySchema } from './declaration/read.ts';
import { must } from './declaration/schema.ts';

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const MAX_PARALLEL = 64;

const count = z
  .number()
  .check(
    must(one =>
      Number.isInteger(one) && one >= 1 && one <= MAX_PARALLEL
        ? undefined
        : `must be a whole number from 1 to ${MAX_PARALLEL}, not ${one}`,
    ),
  );

export const settingsSchema = z.strictObject({
  /**
   * Starts and updates under way at once. By measurement (`npm run bench -- breadth breadth-systemd`): on two cores four
   * at once take as long for all, within a quarter, as any number does, or as one `systemctl restart` of all; one and two
   * take 2.5 and 1.7 times as long; with eight each machine is down twice as long as with four.
   */
  parallel: z._default(count, 4),
  /** Machines in an update at once, from the stop to the last word on health; null: no bound. */
  maxDown: z._default(z.nullable(count), null),
  /** A level of pino. */
  logLevel: z._default(z.enum(LEVELS), 'info'),
  journalMaxUse: z._default(z.string().check(must(() => NOT_YET)), '256M'),
});

const NOT_YET = 'is not supported yet';

/** The daemon's own settings, with every default filled in. */
export type Settings = Readonly<z.infer<typeof settingsSchema>>;

/** Reads `/etc/nspawnd/nspawnd.json`; throws a DeclarationError. A missing file is the text `{}`. */
export function parseSettings(text: string): Settings {
  return readBySchema(settingsSchema, text);
}
