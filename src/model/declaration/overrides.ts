import * as z from 'zod/mini';
import { complain, entriesOf, settingValues } from './schema.ts';

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
  /** Why a value of a `Section.Setting` would not be read as it is meant. */
  readonly notAValue: (name: string, value: string) => string | undefined;
  /** Of a section that is not merged over one of ours: settings without which it would be ignored, one of each list. */
  readonly required?: Readonly<Record<string, readonly (readonly string[])[]>>;
  /** Whether a section may be null (ours is left out) or a list (it is written more than once). */
  readonly structural?: boolean;
}

/**
 * Raw sections with the names of `vocabulary`. Not by a schema for each name: there are 400 of them, and as many keys
 * that are unknown as somebody cares to write.
 */
export function overrides(vocabulary: Vocabulary, options: OverrideOptions): z.ZodMiniType<Overrides> {
  const read = (given: unknown, ctx: z.core.ParsePayload): Overrides =>
    Object.fromEntries(
      entriesOf(given, ctx, []).map(([section, one]) => {
        const settings = Object.hasOwn(vocabulary, section) ? vocabulary[section] : undefined;
        if (settings === undefined) complain(ctx, [section], 'unknown key', one);
        return [
          section,
          settings && sections({ section, settings: new Set(settings), ...options }, one, ctx),
        ];
      }),
    );
  return z.transform(read) as unknown as z.ZodMiniType<Overrides>;
}

interface Section extends OverrideOptions {
  readonly section: string;
  readonly settings: ReadonlySet<string>;
}

function sections(
  known: Section,
  given: unknown,
  ctx: z.core.ParsePayload,
): SectionOverride | readonly SectionOverride[] | null {
  const { section, structural = false, required = {} } = known;
  const isWhole = (one: unknown, path: PropertyKey[]) => {
    for (const settings of required[section] ?? [])
      if (!settings.some(setting => hasValue(one, setting)))
        complain(ctx, path, `is ignored without ${settings.map(setting => `${setting}=`).join(' or ')}`, one);
  };
  if (structural && given === null) return null;
  if (structural && Array.isArray(given))
    return given.map((one, at) => {
      isWhole(one, [section, at]);
      return sectionOf(known, one, ctx, [section, at]);
    });
  if (section !== 'IPv6Prefix') isWhole(given, [section]);
  return sectionOf(known, given, ctx, [section]);
}

function hasValue(section: unknown, setting: string): boolean {
  if (typeof section !== 'object' || section === null || !Object.hasOwn(section, setting)) return false;
  const value = (section as Readonly<Record<string, unknown>>)[setting];
  return value !== null && !(Array.isArray(value) && value.length === 0);
}

function sectionOf(
  known: Section,
  given: unknown,
  ctx: z.core.ParsePayload,
  path: PropertyKey[],
): SectionOverride {
  return Object.fromEntries(
    entriesOf(given, ctx, path).map(([setting, value]) => {
      const at = [...path, setting];
      const message = notASetting(known, setting);
      if (message !== undefined) complain(ctx, at, message, value);
      if (message !== undefined || value === null) return [setting, null];
      const values = settingValues(value, ctx, at) ?? [];
      for (const [index, one] of values.entries()) {
        const wrong = known.notAValue(`${known.section}.${setting}`, one);
        if (wrong !== undefined) complain(ctx, Array.isArray(value) ? [...at, index] : at, wrong, one);
      }
      return [setting, values];
    }),
  );
}

function notASetting({ section, settings, source, refused }: Section, setting: string): string | undefined {
  const name = `${section}.${setting}`;
  if (refused !== undefined && Object.hasOwn(refused, name)) return `cannot be set here: ${refused[name]}`;
  return settings.has(setting) ? undefined : `no setting of [${section}] in ${source}`;
}
