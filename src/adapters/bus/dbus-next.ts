/**
 * The only file that touches dbus-next: its decoder of message bodies.
 *
 * Its MessageBus is left out on purpose. It parses every message inside a stream listener, where one call
 * with a file descriptor type and no descriptor throws and ends the process; it doesn't tell when the bus is
 * gone; its serials don't wrap; its match rules leak; it answers signals with errors and callers with stack
 * traces; and it loads an XML parser. Its authentication forgets what the other side answered. See bus.ts and
 * authenticate.ts for what stands in their place.
 */
import DBusBuffer from 'dbus-next/lib/dbus-buffer.js';
import signatures, { type SignatureType } from 'dbus-next/lib/signature.js';
import { BusError, standardError } from './errors.ts';
import { type BodyLimits, validateBody } from './validate.ts';

const LITTLE_ENDIAN = 0x6c;
const BIG_ENDIAN = 0x42;

/**
 * The library's reader with values that are plain at once. Its own way with 64 bit numbers is by text: most of what a
 * message of systemd took, and wrong for big-endian.
 */
class Reader extends DBusBuffer {
  readonly #littleEndian: boolean;

  constructor(body: Buffer, littleEndian: boolean) {
    super(body, 0, littleEndian ? LITTLE_ENDIAN : BIG_ENDIAN, undefined, { ayBuffer: true });
    this.#littleEndian = littleEndian;
  }

  override readVariant(): unknown {
    return this.readTree(first(typesOf(String(this.readSimpleType('g')))));
  }

  override readArray(element: SignatureType, size: number): unknown {
    const items = super.readArray(element, size);
    // Keys of their own, also `__proto__`.
    return element.type === '{' ? Object.fromEntries(items as [string | number, unknown][]) : items;
  }

  override readSimpleType(type: string): unknown {
    if (type !== 'x' && type !== 't') return super.readSimpleType(type);
    this.align(3);
    const at = this.pos;
    this.pos += 8;
    if (type === 'x')
      return this.#littleEndian ? this.buffer.readBigInt64LE(at) : this.buffer.readBigInt64BE(at);
    return this.#littleEndian ? this.buffer.readBigUInt64LE(at) : this.buffer.readBigUInt64BE(at);
  }
}

const MAX_CACHED = 256;
const cache = new Map<string, SignatureType[]>();

/** As the library reads them. Most messages have one of a few signatures. */
function typesOf(signature: string): SignatureType[] {
  let types = cache.get(signature);
  if (types === undefined) {
    types = signatures.parseSignature(signature);
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(signature, types);
  }
  return types;
}

assertShape();

/**
 * The values of a message body. Variants are replaced by what is in them at every depth, dictionaries become
 * objects with own keys only (also for a key `__proto__`), `t` and `x` are bigint, `ay` is a Buffer.
 * Throws `InconsistentMessage` for bytes that don't fit or are too many values, and for `h`: no descriptors pass here.
 */
export function decodeBody(
  signature: string,
  body: Buffer,
  littleEndian: boolean,
  limits?: BodyLimits,
): unknown[] {
  if (signature === '') return [];
  try {
    // Before anything else: the library follows any signature and any length.
    validateBody(signature, body, littleEndian, limits);
    return new Reader(body, littleEndian).readStruct(typesOf(signature));
  } catch (cause) {
    throw new BusError(standardError('InconsistentMessage'), `cannot read a body of type "${signature}"`, {
      cause,
    });
  }
}

function first(types: SignatureType[]): SignatureType {
  if (!types[0]) throw new Error('an empty signature');
  return types[0];
}

/** The inner modules are no public interface: better not to start than to find out at some message. */
function assertShape(): void {
  const body = Buffer.from(
    '0100000000000000' + '0200000000000000' + '0a00000000000000' + '010000006b0001790007',
    'hex',
  );
  const [u, t, dictionary] = new Reader(body, true).readStruct(typesOf('uta{sv}'));
  if (u !== 1 || t !== 2n || (dictionary as { k?: unknown }).k !== 7)
    throw new Error('cannot use dbus-next: its inner modules differ from those of 0.10.2');
}
