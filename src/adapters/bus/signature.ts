import { quoted } from '../../model/text.ts';
import { BusError, standardError } from './errors.ts';

/** A complete type of a signature. */
export interface Type {
  /** The character that it begins with: `y`, `s`, `a`, `(`, `{`, `v`, … */
  readonly code: number;
  readonly alignment: number;
  /** Bytes of a value, where each has as many and none is inside another: 0 for the rest. */
  readonly size: number;
  /** The element of an array, the members of a struct or dictionary entry. */
  readonly children: readonly Type[];
}

export const ARRAY = 0x61;
export const BOOLEAN = 0x62;
export const DICT_ENTRY = 0x7b;
export const OBJECT_PATH = 0x6f;
export const SIGNATURE = 0x67;
export const STRING = 0x73;
export const STRUCT = 0x28;
export const VARIANT = 0x76;

// D-Bus specification, "Valid Signatures".
const MAX_LENGTH = 255;
const MAX_ARRAYS = 32;
const MAX_STRUCTS = 32;
/** Those in use are few; a sender that makes up new ones only makes us compile them again. */
const MAX_CACHED = 256;

const cache = new Map<string, readonly Type[]>();

/**
 * The complete types of a signature. Throws `InvalidSignature` for one that the specification doesn't allow: each type
 * that comes out takes at least one byte for each value, which is what keeps a reader going.
 */
export function parseSignature(signature: string): readonly Type[] {
  const known = cache.get(signature);
  if (known !== undefined) return known;
  if (signature.length > MAX_LENGTH) refuse(signature, `is longer than ${MAX_LENGTH} bytes`);
  const parser = new Parser(signature);
  const types: Type[] = [];
  while (!parser.atEnd) types.push(parser.next(0, 0));
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(signature, types);
  return types;
}

/** The type of a variant's signature, which has to be exactly one. */
export function parseSingleType(signature: string): Type {
  const types = parseSignature(signature);
  const [type] = types;
  if (type === undefined || types.length !== 1) refuse(signature, 'is not one complete type');
  return type;
}

/** The basic type or variant of that code; undefined for any other. */
export function basicType(code: number | undefined): Type | undefined {
  return BASIC.get(code ?? 0);
}

class Parser {
  readonly #signature: string;
  #at = 0;

  constructor(signature: string) {
    this.#signature = signature;
  }

  get atEnd(): boolean {
    return this.#at >= this.#signature.length;
  }

  /** No recursion goes deeper than the two limits on nesting. */
  next(arrays: number, structs: number): Type {
    const code = this.#take();
    if (code === ARRAY) return this.#array(arrays + 1, structs);
    if (code === STRUCT) return this.#struct(arrays, structs + 1);
    const basic = BASIC.get(code);
    if (basic === undefined) refuse(this.#signature, `has an unknown type at position ${this.#at - 1}`);
    return basic;
  }

  #array(arrays: number, structs: number): Type {
    if (arrays > MAX_ARRAYS) refuse(this.#signature, `has more than ${MAX_ARRAYS} arrays in each other`);
    const isDictionary = this.#signature.charCodeAt(this.#at) === DICT_ENTRY;
    const element = isDictionary ? this.#dictEntry(arrays, structs + 1) : this.next(arrays, structs);
    return { code: ARRAY, alignment: 4, size: 0, children: [element] };
  }

  #struct(arrays: number, structs: number): Type {
    return { code: STRUCT, alignment: 8, size: 0, children: this.#members(arrays, structs, CLOSE_STRUCT) };
  }

  #dictEntry(arrays: number, structs: number): Type {
    this.#at++;
    const children = this.#members(arrays, structs, CLOSE_DICT_ENTRY);
    const [key] = children;
    if (children.length !== 2 || key === undefined || key.children.length > 0 || key.code === VARIANT)
      refuse(this.#signature, 'has a dictionary entry that is not a basic type and a value');
    return { code: DICT_ENTRY, alignment: 8, size: 0, children };
  }

  #members(arrays: number, structs: number, close: number): Type[] {
    if (structs > MAX_STRUCTS) refuse(this.#signature, `has more than ${MAX_STRUCTS} structs in each other`);
    const members: Type[] = [];
    while (this.#signature.charCodeAt(this.#at) !== close) members.push(this.next(arrays, structs));
    this.#at++;
    if (members.length === 0) refuse(this.#signature, 'has an empty struct');
    return members;
  }

  #take(): number {
    if (this.atEnd) refuse(this.#signature, 'ends in the middle of a type');
    return this.#signature.charCodeAt(this.#at++);
  }
}

const CLOSE_STRUCT = 0x29;
const CLOSE_DICT_ENTRY = 0x7d;

// Code, alignment, size. No `h`: file descriptors don't pass through this connection.
const BASIC_TYPES: [string, number, number][] = [
  ['y', 1, 1],
  ['n', 2, 2],
  ['q', 2, 2],
  ['b', 4, 4],
  ['i', 4, 4],
  ['u', 4, 4],
  ['x', 8, 8],
  ['t', 8, 8],
  ['d', 8, 8],
  ['s', 4, 0],
  ['o', 4, 0],
  ['g', 1, 0],
  ['v', 1, 0],
];
const BASIC = new Map<number, Type>(
  BASIC_TYPES.map(([letter, alignment, size]) => {
    const code = letter.charCodeAt(0);
    return [code, { code, alignment, size, children: [] }];
  }),
);

function refuse(signature: string, what: string): never {
  throw new BusError(standardError('InvalidSignature'), `the signature ${quoted(signature)} ${what}`);
}
