import * as z from 'zod/mini';
import { notAValue } from './limit-values.ts';
import { LIMITS } from './limit-vocabulary.ts';
import { complain, objectOf, settingValues } from './schema.ts';

/** One setting of systemd.resource-control(5) with its values as written in a unit file. */
export interface Limit {
  readonly setting: string;
  readonly values: readonly string[];
}

/**
 * Settings of systemd.resource-control(5). PID 1 only warns about a value that it can't read, and the machine would
 * run without its limit: so the values are read here too. Parsed to a list by name.
 */
export const limits = z.prefault(
  z.pipe(
    objectOf((setting, given, ctx) => {
      const values = settingValues(given, ctx, [setting]);
      const message = values && notALimit(setting, values);
      if (message !== undefined) complain(ctx, [setting], message, given);
      return values;
    }),
    z.transform((given): readonly Limit[] =>
      [...given]
        .map(([setting, values]) => ({ setting, values: values ?? [] }))
        .sort((a, b) => (a.setting < b.setting ? -1 : 1)),
    ),
  ),
  {},
);

function notALimit(setting: string, values: readonly string[]): string | undefined {
  const limit = LIMITS.get(setting);
  if (limit === undefined) return 'no setting of systemd.resource-control(5) for a machine';
  if (!limit.list && values.length !== 1) return 'takes one value, not a list';
  for (const value of values) {
    const message = notAValue(limit.kind, value);
    if (message !== undefined) return message;
  }
  return undefined;
}
