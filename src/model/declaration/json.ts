import { quoted } from '../text.ts';
import { DeclarationError, fieldName, type Problem, ProblemList } from './problem.ts';

const MAX_DEPTH = 64;
/**
 * Objects, lists, strings, numbers and so on in all. What follows costs some 10 µs for each on a slow machine without
 * JIT compilation, so it bounds how long one file keeps the event loop.
 */
const MAX_VALUES = 4096;

/**
 * Reads JSON (RFC 8259). A syntax error names line and column, which JSON.parse does for some errors only. JSON.parse
 * would also keep the last of two equal keys, and hide `__proto__` from a later schema: both are errors here. So are
 * more than 64 levels, on which what comes later would recurse, and more than 4096 values.
 */
export function readJson(text: string): unknown {
  const problems = scan(text);
  if (problems.count > 0) throw new DeclarationError(problems);
  return JSON.parse(text);
}

/** What the grammar allows next. */
type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or the end' | 'nothing';

/** An object or list that is open: where we are in it, and the keys it had so far. */
interface Open {
  readonly end: '}' | ']';
  readonly keys: Set<string>;
  at: string | number;
}

const SPACE = /[ \t\r\n]*/y;
const TOKEN =
  /[[\]{},:]|"(?:[^"\\\p{Cc}\x7f-\x9f]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/uy;

/** Walks the tokens; stops at the first that is no JSON, or one too many. */
function scan(text: string): ProblemList {
  const problems = new ProblemList();
  const open: Open[] = [];
  let expected: Expected = 'value';
  let values = 0;
  for (let at = skipSpace(text, 0); at < text.length; at = skipSpace(text, TOKEN.lastIndex)) {
    TOKEN.lastIndex = at;
    const token: string | undefined = TOKEN.exec(text)?.[0];
    if (expected.startsWith('value') && token !== ']' && ++values > MAX_VALUES)
      return ProblemList.of(problemAt(text, at, `more than ${MAX_VALUES} values`));
    const next: Expected | undefined =
      token === undefined ? undefined : step(token, expected, open, problems);
    if (next === undefined) return ProblemList.of(syntaxProblem(text, at, expected));
    if (open.length > MAX_DEPTH)
      return ProblemList.of(problemAt(text, at, `more than ${MAX_DEPTH} levels deep`));
    expected = next;
  }
  return expected === 'nothing' ? problems : ProblemList.of(syntaxProblem(text, text.length, expected));
}

function skipSpace(text: string, from: number): number {
  SPACE.lastIndex = from;
  SPACE.exec(text);
  return SPACE.lastIndex;
}

/** What may follow a token, undefined if it may not be here. */
function step(token: string, expected: Expected, open: Open[], problems: ProblemList): Expected | undefined {
  const top = open.at(-1);
  if (token === '{' || token === '[') {
    if (!expected.startsWith('value')) return undefined;
    open.push({ end: token === '{' ? '}' : ']', keys: new Set(), at: token === '{' ? '' : 0 });
    return token === '{' ? 'key or }' : 'value or ]';
  }
  if (token === '}' || token === ']') {
    const mayEnd = expected === ', or the end' || expected === (token === '}' ? 'key or }' : 'value or ]');
    if (top?.end !== token || !mayEnd) return undefined;
    open.pop();
    return afterValue(open);
  }
  if (token === ':') return expected === ':' ? 'value' : undefined;
  if (token === ',') {
    if (expected !== ', or the end' || top === undefined) return undefined;
    if (typeof top.at === 'number') top.at += 1;
    return top.end === '}' ? 'key' : 'value';
  }
  if (expected.startsWith('key') && top !== undefined && token.startsWith('"')) {
    return enterKey(JSON.parse(token), top, open, problems);
  }
  return expected.startsWith('value') ? afterValue(open) : undefined;
}

function afterValue(open: readonly Open[]): Expected {
  return open.length > 0 ? ', or the end' : 'nothing';
}

function enterKey(key: string, top: Open, open: readonly Open[], problems: ProblemList): Expected {
  top.at = key;
  const message = key === '__proto__' ? 'unknown key' : top.keys.has(key) ? 'given twice' : undefined;
  if (message !== undefined) problems.add(() => ({ field: fieldName(open.map(one => one.at)), message }));
  top.keys.add(key);
  return ':';
}

function syntaxProblem(text: string, at: number, expected: Expected): Problem {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  const found = at === text.length ? 'the file ends' : `found ${quoted(character)}`;
  return problemAt(text, at, `not JSON: expected ${expected}, ${found}`);
}

function problemAt(text: string, at: number, what: string): Problem {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  return { field: '', message: `line ${line}, column ${column}: ${what}` };
}
