import type * as z from 'zod/mini';
import { quoted } from '../text.ts';
import { readJson } from './json.ts';
import { DeclarationError, fieldName, type Problem } from './problem.ts';

/** Reads a JSON text by a schema; throws a DeclarationError with all problems that the schema sees. */
export function readBySchema<T>(schema: z.ZodMiniType<T>, text: string): T {
  const value = readJson(text);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new DeclarationError(result.error.issues.flatMap(issue => problemsOf(issue, value)));
}

type Issue = z.core.$ZodIssue;

function problemsOf(issue: Issue, root: unknown): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => ({ field: fieldName([...issue.path, key]), message: 'unknown key' }));
  }
  return [{ field: fieldName(issue.path), message: messageOf(issue, at(root, issue.path)) }];
}

/** zod/mini comes without texts: the ones that the schema does not give itself are made here. */
function messageOf(issue: Issue, value: unknown): string {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? 'not a possible key';
  if (issue.code === 'invalid_type' && value === undefined) return 'required';
  if (issue.code === 'invalid_type')
    return `must be ${TYPES[issue.expected] ?? issue.expected}, not ${show(value)}`;
  if (issue.code === 'invalid_value') {
    const allowed = issue.values.map(value => JSON.stringify(value)).join(', ');
    return `must be ${issue.values.length > 1 ? 'one of ' : ''}${allowed}, not ${show(value)}`;
  }
  return issue.message;
}

const TYPES: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

function at(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    root,
  );
}

function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? quoted(value) : String(value);
}
