import * as z from 'zod/mini';
import { controlOf, notOneLine, notUnicode } from '../one-line.ts';
import { quoted } from '../text.ts';

/** A check from a function that says what is wrong with a value, or undefined. */
export function must<T>(complain: (value: T) => string | undefined): z.core.$ZodCheck<T> {
  return z.superRefine<T>((value, ctx) => {
    const message = complain(value);
    if (message !== undefined) ctx.addIssue({ code: 'custom', message });
  });
}

/** A check from a function that names what is wrong with which field below a value. */
export function mustHold<T>(
  complain: (value: T) => Iterable<{ path: PropertyKey[]; message: string }>,
): z.core.$ZodCheck<T> {
  return z.superRefine<T>((value, ctx) => {
    for (const { path, message } of complain(value)) ctx.addIssue({ code: 'custom', path, message });
  });
}

/** For what is specified but not built: any value other than the one that stands for "off" is refused. */
export function notYet<T>(off: T): z.core.$ZodCheck<T> {
  return must(value => (same(value, off) ? undefined : `${show(value)} is not supported yet`));
}

/** PATH_MAX of Linux without the final null. */
const MAX_PATH = 4095;

/** An absolute path in its simplest form; any character but control characters. */
export function notAPath(path: string): string | undefined {
  const shown = quoted(path);
  if (!path.startsWith('/')) return `${shown} is not an absolute path`;
  if (path.length > MAX_PATH || Buffer.byteLength(path) > MAX_PATH)
    return `${shown} is longer than a path can be`;
  if (path !== '/' && path.split('/').some((name, at) => at > 0 && ['', '.', '..'].includes(name))) {
    return `${shown} is not in its simplest form (no "//", ".", ".." and no final "/")`;
  }
  return notUnicode(path) ?? controlOf(path);
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function show(value: unknown): string {
  return typeof value === 'object' && value !== null
    ? 'this'
    : typeof value === 'string'
      ? quoted(value)
      : String(value);
}

type Context = Pick<z.core.ParsePayload, 'issues'>;

/**
 * An object as a map, each value read by `read`, which reports what is wrong to `ctx` with the path from here.
 * z.record() takes ten times as long for each key, and an object of somebody else may have thousands.
 */
export function objectOf<T>(
  read: (key: string, value: unknown, ctx: Context) => T,
): z.ZodMiniType<ReadonlyMap<string, T>> {
  const readAll = (given: unknown, ctx: z.core.ParsePayload): ReadonlyMap<string, T> =>
    new Map(entriesOf(given, ctx, []).map(([key, value]) => [key, read(key, value, ctx)]));
  return z.transform(readAll) as unknown as z.ZodMiniType<ReadonlyMap<string, T>>;
}

/** The entries of what must be an object; none, and an issue, where it is not. */
export function entriesOf(given: unknown, ctx: Context, path: PropertyKey[]): [string, unknown][] {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return Object.entries(given);
  ctx.issues.push({ code: 'invalid_type', expected: 'object', path, input: given });
  return [];
}

/** Reports that a value is wrong. */
export function complain(ctx: Context, path: PropertyKey[], message: string, input: unknown): void {
  ctx.issues.push({ code: 'custom', path, message, input });
}

/**
 * A string, number or boolean, or a list of them: the values of one setting, as written in a unit file. Undefined,
 * and an issue for each that is wrong, where they can't be that.
 */
export function settingValues(
  given: unknown,
  ctx: Context,
  path: PropertyKey[],
): readonly string[] | undefined {
  const before = ctx.issues.length;
  const values = Array.isArray(given)
    ? given.map((one, at) => scalar(one, ctx, [...path, at]))
    : [scalar(given, ctx, path)];
  return ctx.issues.length === before ? values : undefined;
}

function scalar(given: unknown, ctx: Context, path: PropertyKey[]): string {
  if (typeof given === 'boolean') return given ? 'yes' : 'no';
  if (typeof given === 'number') return String(given);
  const message = typeof given === 'string' ? notOneLine(given) : 'must be a string, a number, true or false';
  if (message !== undefined) complain(ctx, path, message, given);
  return String(given);
}
