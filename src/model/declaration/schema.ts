import * as z from 'zod/mini';
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

/** A string that can be a value in one line of a unit file; what it means there is systemd's business. */
export const line = z.string().check(must(notOneLine));

/**
 * Why a text can't be the value of one line: control characters would end or hide it, a final backslash would swallow
 * the next line (systemd.syntax(7)), a lone surrogate is no UTF-8.
 */
export function notOneLine(text: string): string | undefined {
  const control = controlOf(text);
  if (control !== undefined) return control;
  if (!text.isWellFormed()) return `${quoted(text)} is not valid Unicode`;
  if (text.trimEnd().endsWith('\\'))
    return `${quoted(text)} ends in a backslash, which would join the next line`;
  return undefined;
}

/** An absolute path in its simplest form; any character but control characters. */
export function notAPath(path: string): string | undefined {
  const shown = quoted(path);
  if (!path.startsWith('/')) return `${shown} is not an absolute path`;
  if (path !== '/' && path.split('/').some((name, at) => at > 0 && ['', '.', '..'].includes(name))) {
    return `${shown} is not in its simplest form (no "//", ".", ".." and no final "/")`;
  }
  if (!path.isWellFormed()) return `${shown} is not valid Unicode`;
  if (Buffer.byteLength(path) > 4095) return `${shown} is longer than a path can be`;
  return controlOf(path);
}

/** C0 and C1 controls, delete, and what else some program takes for the end of a line. */
function controlOf(text: string): string | undefined {
  return /[\p{Cc}\u2028\u2029]/u.test(text) ? `${quoted(text)} has a control character` : undefined;
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

/** A list by `list`, anything else by `single`: unlike a union, the problems stay with their fields. */
export function listOr<L, S>(list: z.ZodMiniType<L>, single: z.ZodMiniType<S>): z.ZodMiniType<L | S> {
  const read = (value: unknown, ctx: z.core.ParsePayload): L | S => {
    const result = (Array.isArray(value) ? list : single).safeParse(value);
    if (result.success) return result.data as L | S;
    const issues = result.error.issues.map(issue => ({ ...issue, path: [...issue.path], input: value }));
    ctx.issues.push(...(issues as z.core.$ZodRawIssue[]));
    return z.NEVER as never;
  };
  return z.transform(read) as unknown as z.ZodMiniType<L | S>;
}

const scalar = z.pipe(
  z.union([line, z.number(), z.boolean()], { error: scalarMessage }),
  z.transform(value => (typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value))),
);

/** A string, number or boolean, or a list of them: the values of one setting, as written in a unit file. */
export const settingValue: z.ZodMiniType<readonly string[]> = listOr(
  z.array(scalar),
  z.pipe(
    scalar,
    z.transform(value => [value]),
  ),
);

function scalarMessage(issue: z.core.$ZodRawIssue): string {
  const { errors } = issue as unknown as { errors?: readonly (readonly z.core.$ZodIssue[])[] };
  const own = errors?.flat().find(one => one.code === 'custom');
  return own?.message ?? 'must be a string, a number, true or false';
}
