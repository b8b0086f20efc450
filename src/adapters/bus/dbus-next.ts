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

/** Its own way with 64 bit numbers is by text: most of what a message of systemd took, and wrong for big-endian. */
class Reader extends DBusBuffer {
  readonly #littleEndian: boolean;

  constructor(body: Buffer, littleEndian: boolean) {
    super(body, 0, littleEndian ? LITTLE_ENDIAN : BIG_ENDIAN, undefined, { ayBuffer: true });
    this.#littleEndian = littleEndian;
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
    const raw = new Reader(body, littleEndian).read(signature);
    return signatures.parseSignature(signature).map((type, index) => plain(type, raw[index]));
  } catch (cause) {
    throw new BusError(standardError('InconsistentMessage'), `cannot read a body of type "${signature}"`, {
      cause,
    });
  }
}

function plain({ type, child }: SignatureType, raw: unknown): unknown {
  if (type === 'v') {
    const [types, values] = raw as [SignatureType[], unknown[]];
    return plain(first(types), values[0]);
  }
  if (type === '(')
    return (raw as unknown[]).map((value, index) => plain(child[index] ?? first(child), value));
  if (type !== 'a' || Buffer.isBuffer(raw)) return raw;
  const element = first(child);
  if (element.type === '{') return dictionary(element, raw as [string | number, unknown][]);
  return (raw as unknown[]).map(value => plain(element, value));
}

function dictionary(entry: SignatureType, pairs: [string | number, unknown][]): object {
  const type = entry.child[1] ?? first(entry.child);
  return Object.fromEntries(pairs.map(([key, value]) => [key, plain(type, value)]));
}

function first(types: SignatureType[]): SignatureType {
  if (!types[0]) throw new Error('an empty signature');
  return types[0];
}

/** The inner modules are no public interface: better not to start than to find out at some message. */
function assertShape(): void {
  const [u, t] = new Reader(Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]), true).read('ut');
  const works = u === 1 && t === 2n && signatures.parseSignature('as')[0]?.child[0]?.type === 's';
  if (!works) throw new Error('cannot use dbus-next: its inner modules differ from those of 0.10.2');
}
