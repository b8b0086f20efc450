import * as z from 'zod/mini';
import { listOr, must, settingValue } from './schema.ts';

/** Settings of one section; null: ours is left out. More than one value: the line is repeated. */
export type SectionOverride = Readonly<Record<string, readonly string[] | null>>;

/** Raw sections of a unit file, merged over ours. A list of sections replaces ours, null leaves ours out. */
export type Overrides = Readonly<
  Record<string, SectionOverride | readonly SectionOverride[] | null | undefined>
>;

/** The settings that a kind of unit file knows, by section. */
export type Vocabulary = Readonly<Record<string, readonly string[]>>;

export interface OverrideOptions {
  /** The man page behind the vocabulary, for messages. */
  readonly source: string;
  /** What to use instead of a `Section.Setting`. */
  readonly refused?: Readonly<Record<string, string>>;
  /** Whether a section may be null (ours is left out) or a list (it is written more than once). */
  readonly structural?: boolean;
}

/** Raw sections with the names of `vocabulary`. Made when it is first needed: few use it, and it is large. */
export function overrides(vocabulary: Vocabulary, options: OverrideOptions): z.ZodMiniType<Overrides> {
  return z.lazy(() => sections(vocabulary, options));
}

function sections(vocabulary: Vocabulary, options: OverrideOptions): z.ZodMiniType<Overrides> {
  const shape: Record<string, z.ZodMiniType> = {};
  for (const [section, settings] of Object.entries(vocabulary)) {
    const one = z.record(settingName(section, settings, options), z.nullable(settingValue));
    shape[section] = z.optional(options.structural === true ? z.nullable(listOr(z.array(one), one)) : one);
  }
  return z.strictObject(shape) as unknown as z.ZodMiniType<Overrides>;
}

function settingName(section: string, settings: readonly string[], { source, refused }: OverrideOptions) {
  return z.string().check(
    must(setting => {
      const instead = refused?.[`${section}.${setting}`];
      if (instead !== undefined) return `cannot be set here: ${instead}`;
      return settings.includes(setting) ? undefined : `no setting of [${section}] in ${source}`;
    }),
  );
}
