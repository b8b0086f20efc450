import type * as z from 'zod/mini';
import { quoted } from '../text.ts';
import { readJson } from './json.ts';
import { DeclarationError, fieldName, type Problem, ProblemList } from './problem.ts';

/** Reads a JSON text by a schema; throws a DeclarationError with all problems that the schema sees. */
export function readBySchema<T>(schema: z.ZodMiniType<T>, text: string): T {
  const value = readJson(text);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = new ProblemList();
  for (const issue of result.error.issues) addProblems(problems, issue, value);
  throw new DeclarationError(problems);
}

type Issue = z.core.$ZodIssue;

function addProblems(problems: ProblemList, issue: Issue, root: unknown): void {
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys)
      problems.add(() => ({ field: fieldName([...issue.path, key]), message: 'unknown key' }));
    return;
  }
  problems.add(
    (): Problem => ({ field: fieldName(issue.path), message: messageOf(issue, at(root, issue.path)) }),
  );
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
