import { BusError, standardError } from './errors.ts';
import {
  ARRAY,
  BOOLEAN,
  basicType,
  OBJECT_PATH,
  parseSignature,
  parseSingleType,
  SIGNATURE,
  STRING,
  type Type,
  VARIANT,
} from './signature.ts';

/** What a body may cost whoever reads it. */
export interface BodyLimits {
  /**
   * Values in all: each string, number, variant, struct, dictionary entry and array counts as one, `ay` as one, and a
   * variant's signature of more than a letter as many as it has letters.
   */
  readonly maxValues: number;
}

/** A manager of many thousands of units is listed in fewer; it takes about a second to read that many. */
export const DEFAULT_LIMITS: BodyLimits = { maxValues: 1_000_000 };

// D-Bus specification, "Marshaling".
const MAX_ARRAY = 64 * 1024 * 1024;
/** Arrays, structs and variants in each other, over the borders of variants. */
const MAX_DEPTH = 64;

/**
 * Goes through a message body as its signature says, and throws `InvalidSignature`, `InconsistentMessage` or
 * `LimitsExceeded` for one that must not be decoded: bytes that end too early, lengths that fit neither the bytes nor
 * the elements, strings without their end, what is no boolean, nesting and values beyond the limits. Whatever passes is
 * decoded in a time in proportion to its values. Bytes behind the last value are not looked at.
 *
 * Not looked at either, as nothing depends on it: what is in padding; whether text is UTF-8 (what isn't is replaced) and
 * has no NUL inside; whether paths are well-formed (they are compared, and checked when they are sent).
 *
 * The peer of a connection may be hostile, so this comes before the library's decoder, which follows any signature: an
 * array of empty structs (`a()` in a variant) never ends there.
 */
export function validateBody(
  signature: string,
  body: Buffer,
  littleEndian: boolean,
  limits: BodyLimits = DEFAULT_LIMITS,
): void {
  const scanner = new Scanner(body, littleEndian, limits);
  for (const type of parseSignature(signature)) scanner.skip(type);
}

/** Goes over values without making any. Each method throws as `validateBody`. */
export class Scanner {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #size: number;
  readonly #littleEndian: boolean;
  #at = 0;
  #valuesLeft: number;
  #depth = 0;

  constructor(body: Buffer, littleEndian: boolean, limits: BodyLimits) {
    this.#bytes = body;
    this.#view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    this.#size = body.byteLength;
    this.#littleEndian = littleEndian;
    this.#valuesLeft = limits.maxValues;
  }

  /** Where the next value begins, before its padding. */
  get at(): number {
    return this.#at;
  }

  /** Goes over one value. All in one place, since this is on the way of each message: a call costs as much as the rest. */
  skip(type: Type): void {
    if (--this.#valuesLeft < 0) tooMany();
    const { code, size } = type;
    if (code === STRING || code === OBJECT_PATH) {
      const at = (this.#at + 3) & ~3;
      if (at + 4 > this.#size) inconsistent('it ends too early');
      // A byte beyond the end is undefined, and no NUL.
      const end = at + 4 + this.#view.getUint32(at, this.#littleEndian);
      if (this.#bytes[end] !== 0) inconsistent('a string has no end');
      this.#at = end + 1;
    } else if (size > 0) {
      this.#at = ((this.#at + size - 1) & -size) + size;
      if (this.#at > this.#size) inconsistent('it ends too early');
      if (code === BOOLEAN) this.#checkBoolean(this.#at - size);
    } else if (code === VARIANT) this.#skipVariant();
    else if (code === ARRAY) this.#skipArray(type);
    else if (code === SIGNATURE) parseSignature(this.signature());
    else this.#skipMembers(type);
  }

  /** A string or object path; only its bytes. */
  text(): Buffer {
    const length = this.uint32();
    const start = this.#at;
    return this.#bytes.subarray(start, this.#pastText(start + length));
  }

  /** The text of a signature. */
  signature(): string {
    const start = this.#at + 1;
    const end = this.#pastText(start + (this.#bytes[this.#at] ?? 0));
    let text = '';
    for (let at = start; at < end; at++) text += String.fromCharCode(this.#bytes[at] ?? 0);
    return text;
  }

  /** The type of the value in a variant, which follows. */
  variantType(): Type {
    const at = this.#at;
    const basic = this.#bytes[at] === 1 && this.#bytes[at + 2] === 0 && basicType(this.#bytes[at + 1]);
    if (basic) {
      this.#at += 3;
      return basic;
    }
    const signature = this.signature();
    // It takes as much to understand a type as to read a value.
    this.#valuesLeft -= signature.length;
    if (this.#valuesLeft < 0) tooMany();
    return parseSingleType(signature);
  }

  /** Goes to the first element of an array and tells where the last one ends. */
  enterArray(element: Type): number {
    const length = this.uint32();
    if (length > MAX_ARRAY) inconsistent(`an array of ${length} bytes`);
    this.align(element.alignment);
    const end = this.#at + length;
    if (end > this.#size) inconsistent('an array goes beyond its end');
    return end;
  }

  uint32(): number {
    this.align(4);
    const at = this.#at;
    this.#advance(4);
    return this.#view.getUint32(at, this.#littleEndian);
  }

  align(to: number): void {
    const beyond = this.#at & (to - 1);
    if (beyond !== 0) this.#at += to - beyond;
  }

  #checkBoolean(at: number): void {
    if (this.#view.getUint32(at, this.#littleEndian) > 1) inconsistent('a boolean is neither 0 nor 1');
  }

  /** What ends at `end`, before a NUL byte: `end`. */
  #pastText(end: number): number {
    if (this.#bytes[end] !== 0) inconsistent('a string has no end');
    this.#at = end + 1;
    return end;
  }

  #skipArray({ children }: Type): void {
    const [element] = children;
    if (element === undefined) inconsistent('an array of nothing');
    const end = this.enterArray(element);
    this.#enter();
    if (element.size > 0) this.#skipElements(element, end);
    // Each element is at least a byte long: no type without one gets through the signature's grammar.
    else while (this.#at < end) this.skip(element);
    if (this.#at !== end) inconsistent('the elements of an array go beyond its end');
    this.#depth--;
  }

  /** Elements that are all alike are not looked at one by one, but for booleans. */
  #skipElements({ code, size }: Type, end: number): void {
    const start = this.#at;
    const count = (end - start) / size;
    if (!Number.isInteger(count)) inconsistent('the elements of an array go beyond its end');
    // Bytes are handed on as they are.
    if (size > 1) this.#valuesLeft -= count;
    if (this.#valuesLeft < 0) tooMany();
    if (code === BOOLEAN) for (let at = start; at < end; at += size) this.#checkBoolean(at);
    this.#at = end;
  }

  #skipVariant(): void {
    const type = this.variantType();
    this.#enter();
    this.skip(type);
    this.#depth--;
  }

  #skipMembers({ children }: Type): void {
    this.align(8);
    this.#enter();
    for (const child of children) this.skip(child);
    this.#depth--;
  }

  #enter(): void {
    if (++this.#depth > MAX_DEPTH) inconsistent(`values are nested more than ${MAX_DEPTH} deep`);
  }

  #advance(bytes: number): void {
    this.#at += bytes;
    if (this.#at > this.#size) inconsistent('it ends too early');
  }
}

function tooMany(): never {
  throw new BusError(standardError('LimitsExceeded'), 'cannot read a message body: it has too many values');
}

function inconsistent(what: string): never {
  throw new BusError(standardError('InconsistentMessage'), `cannot read a message body: ${what}`);
}
