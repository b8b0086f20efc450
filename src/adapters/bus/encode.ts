import { BusError, standardError } from './errors.ts';
import { assertObjectPath } from './names.ts';

/** A value that carries its own type, as `v` demands. */
export class Variant {
  readonly signature: string;
  readonly value: unknown;

  constructor(signature: string, value: unknown) {
    this.signature = signature;
    this.value = value;
  }
}

/**
 * The bytes of `values`, one for each complete type in `signature`, little-endian, as a message body:
 * position 0 is 8-aligned. `a{…}` takes an object or a Map, `(…)` and `a…` arrays, `ay` also bytes, `t` and
 * `x` bigint or number, `v` a Variant. Throws `InvalidArgs` for whatever the bus would disconnect us for.
 */
export function encode(signature: string, values: readonly unknown[]): Buffer {
  const writer = new Writer();
  writeAll(writer, signature, values);
  return writer.bytes();
}

export function writeAll(writer: Writer, signature: string, values: readonly unknown[]): void {
  const types = compile(signature);
  if (types.length !== values.length)
    fail(`${values.length} values for signature "${signature}", which takes ${types.length}`);
  types.forEach((write, index) => {
    write(writer, values[index]);
  });
}

/** One growing buffer. Alignment is relative to its start. */
export class Writer {
  #buffer = Buffer.allocUnsafe(512);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  align(to: number): void {
    const padding = (to - (this.#length % to)) % to;
    const at = this.#room(padding);
    this.#buffer.fill(0, at, this.#length);
  }

  byte(value: number): void {
    const at = this.#room(1);
    this.#buffer.writeUInt8(value, at);
  }

  uint16(value: number): void {
    this.align(2);
    const at = this.#room(2);
    this.#buffer.writeUInt16LE(value, at);
  }

  int16(value: number): void {
    this.align(2);
    const at = this.#room(2);
    this.#buffer.writeInt16LE(value, at);
  }

  uint32(value: number): void {
    this.align(4);
    const at = this.#room(4);
    this.#buffer.writeUInt32LE(value, at);
  }

  int32(value: number): void {
    this.align(4);
    const at = this.#room(4);
    this.#buffer.writeInt32LE(value, at);
  }

  uint64(value: bigint): void {
    this.align(8);
    const at = this.#room(8);
    this.#buffer.writeBigUInt64LE(value, at);
  }

  int64(value: bigint): void {
    this.align(8);
    const at = this.#room(8);
    this.#buffer.writeBigInt64LE(value, at);
  }

  double(value: number): void {
    this.align(8);
    const at = this.#room(8);
    this.#buffer.writeDoubleLE(value, at);
  }

  string(text: string): void {
    if (text.includes('\0')) fail('a string with a NUL character');
    const size = Buffer.byteLength(text);
    this.uint32(size);
    const at = this.#room(size + 1);
    this.#buffer.write(text, at);
    this.#buffer[this.#length - 1] = 0;
  }

  signature(text: string): void {
    this.byte(text.length);
    const at = this.#room(text.length + 1);
    this.#buffer.write(text, at, 'latin1');
    this.#buffer[this.#length - 1] = 0;
  }

  raw(bytes: Uint8Array): void {
    const at = this.#room(bytes.length);
    this.#buffer.set(bytes, at);
  }

  /** Writes an array: its length in bytes goes before, without the padding to the first element. */
  array(elementAlignment: number, elements: () => void): void {
    this.uint32(0);
    const lengthAt = this.#length - 4;
    this.align(elementAlignment);
    const start = this.#length;
    elements();
    const size = this.#length - start;
    if (size > MAX_ARRAY) fail(`an array of ${size} bytes`);
    this.#buffer.writeUInt32LE(size, lengthAt);
  }

  /** Makes room for `size` more bytes and returns where they begin. Look at `#buffer` only afterwards: it may be another. */
  #room(size: number): number {
    const at = this.#length;
    this.#length += size;
    if (this.#length > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length));
      this.#buffer.copy(larger, 0, 0, at);
      this.#buffer = larger;
    }
    return at;
  }
}

const MAX_ARRAY = 64 * 1024 * 1024;

type Write = (writer: Writer, value: unknown) => void;

// Only signatures written in our own source get here, so this stays small.
const compiled = new Map<string, Write[]>();

function compile(signature: string): Write[] {
  let types = compiled.get(signature);
  if (!types) {
    types = [];
    const at = { index: 0 };
    while (at.index < signature.length) types.push(compileNext(signature, at));
    compiled.set(signature, types);
  }
  return types;
}

function compileNext(signature: string, at: { index: number }): Write {
  const type = signature[at.index++];
  if (type === 'a') return compileArray(signature, at);
  if (type === '(') return compileStruct(signature, at, ')');
  const basic = BASIC[type ?? ''];
  if (!basic) fail(`the signature "${signature}", unknown at position ${at.index - 1}`);
  return basic;
}

function compileArray(signature: string, at: { index: number }): Write {
  const first = signature[at.index] ?? '';
  if (first === '{') {
    at.index++;
    return writeDict(compileStruct(signature, at, '}'));
  }
  const element = compileNext(signature, at);
  const alignment = ALIGNMENT[first] ?? 1;
  return (writer, value) =>
    writer.array(alignment, () => {
      if (first === 'y' && value instanceof Uint8Array) writer.raw(value);
      else for (const item of listOf(value)) element(writer, item);
    });
}

function writeDict(entry: Write): Write {
  return (writer, value) => {
    if (typeof value !== 'object' || value === null) fail(`${String(value)} as a dictionary`);
    const entries = value instanceof Map ? value : Object.entries(value);
    writer.array(8, () => {
      for (const pair of entries) entry(writer, pair);
    });
  };
}

function compileStruct(signature: string, at: { index: number }, end: string): Write {
  const members: Write[] = [];
  while (signature[at.index] !== end) members.push(compileNext(signature, at));
  at.index++;
  if (members.length === 0) fail(`the signature "${signature}": an empty struct`);
  return (writer, value) => {
    const list = listOf(value);
    if (list.length !== members.length) fail(`${list.length} values as a struct of ${members.length}`);
    writer.align(8);
    members.forEach((write, index) => {
      write(writer, list[index]);
    });
  };
}

const ALIGNMENT: Record<string, number> = {
  ...{ y: 1, g: 1, v: 1, n: 2, q: 2 },
  ...{ b: 4, i: 4, u: 4, s: 4, o: 4, a: 4 },
  ...{ x: 8, t: 8, d: 8, '(': 8 },
};

// No `h`: file descriptors don't pass through this connection.
const BASIC: Record<string, Write> = {
  y: (writer, value) => writer.byte(numberOf(value)),
  b: (writer, value) =>
    writer.uint32(value === true ? 1 : value === false ? 0 : fail(`${String(value)} as a boolean`)),
  n: (writer, value) => writer.int16(numberOf(value)),
  q: (writer, value) => writer.uint16(numberOf(value)),
  i: (writer, value) => writer.int32(numberOf(value)),
  u: (writer, value) => writer.uint32(numberOf(value)),
  x: (writer, value) => writer.int64(bigintOf(value)),
  t: (writer, value) => writer.uint64(bigintOf(value)),
  d: (writer, value) => writer.double(numberOf(value)),
  s: (writer, value) => writer.string(stringOf(value)),
  o: (writer, value) => {
    assertObjectPath(stringOf(value));
    writer.string(stringOf(value));
  },
  g: (writer, value) => {
    compile(stringOf(value));
    writer.signature(stringOf(value));
  },
  v: (writer, value) => {
    if (!(value instanceof Variant)) fail(`${String(value)} as a variant`);
    const [write, ...rest] = compile(value.signature);
    if (!write || rest.length > 0) fail(`a variant of signature "${value.signature}": not one complete type`);
    writer.signature(value.signature);
    write(writer, value.value);
  },
};

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : fail(`${String(value)} as a string`);
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : fail(`${String(value)} as a number`);
}

function bigintOf(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  return typeof value === 'number' ? BigInt(value) : fail(`${String(value)} as a 64 bit number`);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : fail(`${String(value)} as a list`);
}

function fail(what: string): never {
  throw new BusError(standardError('InvalidArgs'), `cannot send ${what}`);
}
