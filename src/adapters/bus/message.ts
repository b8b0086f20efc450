import { Writer, writeAll } from './encode.ts';
import { BusError, standardError } from './errors.ts';
import type { BodyLimits } from './validate.ts';

// D-Bus specification, "Message Format".
export const METHOD_CALL = 1;
export const METHOD_RETURN = 2;
export const ERROR = 3;
export const SIGNAL = 4;

export const NO_REPLY_EXPECTED = 0x1;
export const ALLOW_INTERACTIVE_AUTHORIZATION = 0x4;

const LITTLE_ENDIAN = 0x6c;
const BIG_ENDIAN = 0x42;
const FIXED_HEADER = 16;
/** What the specification allows. */
export const MAX_MESSAGE = 128 * 1024 * 1024;

/** More than any header of systemd or the bus has; the longest part is the path, of a few hundred bytes. */
const MAX_HEADER = 64 * 1024;
/** The specification has nine, and lets others be ignored. */
const MAX_FIELDS = 32;

/** A received message whose body is still bytes. Strings that the sender left out are ''. */
export interface Message {
  type: number;
  flags: number;
  serial: number;
  path: string;
  interface: string;
  member: string;
  errorName: string;
  replySerial: number;
  destination: string;
  sender: string;
  signature: string;
  littleEndian: boolean;
  body: Buffer;
  /** For whoever reads the body; absent: the usual ones. */
  limits: BodyLimits | undefined;
}

/** A message to send; fields that are absent are not in its header. */
export interface Outgoing {
  type: number;
  flags?: number;
  serial: number;
  path?: string;
  interface?: string;
  member?: string;
  errorName?: string;
  replySerial?: number;
  destination?: string | undefined;
  signature?: string;
}

/** The header of `message`, padded so that the body of `bodyLength` bytes follows directly. */
export function encodeHeader(message: Outgoing, bodyLength: number): Buffer {
  const writer = new Writer();
  writeAll(writer, 'yyyyuu', [
    LITTLE_ENDIAN,
    message.type,
    message.flags ?? 0,
    1,
    bodyLength,
    message.serial,
  ]);
  writer.array(8, () => {
    for (const { name, code, type } of FIELDS) {
      const value = message[name as keyof Outgoing];
      if (value === undefined || value === '') continue;
      writer.align(8);
      writer.byte(code);
      writer.signature(type);
      writeAll(writer, type, [value]);
    }
  });
  writer.align(8);
  if (writer.length + bodyLength > MAX_MESSAGE)
    throw new BusError(standardError('LimitsExceeded'), `cannot send a message of ${bodyLength} bytes`);
  return writer.bytes();
}

/** The whole size of the message that begins with these 16 bytes. Throws when it isn't one: the stream is lost then. */
export function messageSize(fixed: Buffer, max = MAX_MESSAGE): number {
  const endian = fixed[0];
  if ((endian !== LITTLE_ENDIAN && endian !== BIG_ENDIAN) || fixed[3] !== 1)
    throw new BusError(standardError('InconsistentMessage'), 'cannot read from the bus: not a D-Bus message');
  const little = endian === LITTLE_ENDIAN;
  const size = FIXED_HEADER + aligned8(uint32(fixed, 12, little)) + uint32(fixed, 4, little);
  if (size > max)
    throw new BusError(
      standardError('InconsistentMessage'),
      `cannot read from the bus: a message of ${size} bytes`,
    );
  return size;
}

/** Reads the header of a whole message; throws for one with fields of impossible types or lengths, or with too many. */
export function parseMessage(bytes: Buffer, limits?: BodyLimits): Message {
  const littleEndian = bytes[0] === LITTLE_ENDIAN;
  const fieldsEnd = FIXED_HEADER + uint32(bytes, 12, littleEndian);
  if (fieldsEnd > Math.min(bytes.length, MAX_HEADER)) inconsistent(`a message header of ${fieldsEnd} bytes`);
  const message: Message = {
    type: bytes[1] ?? 0,
    flags: bytes[2] ?? 0,
    serial: uint32(bytes, 8, littleEndian),
    ...{ path: '', interface: '', member: '', errorName: '', replySerial: 0 },
    ...{ destination: '', sender: '', signature: '' },
    littleEndian,
    body: bytes.subarray(aligned8(fieldsEnd)),
    limits,
  };
  let fields = 0;
  for (let at = FIXED_HEADER; at < fieldsEnd; ) {
    if (++fields > MAX_FIELDS) inconsistent(`more than ${MAX_FIELDS} header fields`);
    at = readField(bytes, aligned8(at), message);
    if (at > fieldsEnd) inconsistent('a header field goes beyond the header');
  }
  return message;
}

type FieldName =
  | 'path'
  | 'interface'
  | 'member'
  | 'errorName'
  | 'replySerial'
  | 'destination'
  | 'sender'
  | 'signature';

const FIELDS: { name: FieldName; code: number; type: string }[] = [
  { name: 'path', code: 1, type: 'o' },
  { name: 'interface', code: 2, type: 's' },
  { name: 'member', code: 3, type: 's' },
  { name: 'errorName', code: 4, type: 's' },
  { name: 'replySerial', code: 5, type: 'u' },
  { name: 'destination', code: 6, type: 's' },
  { name: 'sender', code: 7, type: 's' },
  { name: 'signature', code: 8, type: 'g' },
];
const FIELD_BY_CODE = new Map(FIELDS.map(field => [field.code, field]));

/**
 * Reads one `(yv)` into `message` and returns where it ends. Written by hand, not by the library: a signal
 * that nobody wants is dropped after this, and a header can't make it loop or throw anything unusual.
 */
function readField(bytes: Buffer, at: number, message: Message): number {
  const field = FIELD_BY_CODE.get(bytes[at] ?? 0);
  const type = bytes[at + 1] === 1 ? String.fromCharCode(bytes[at + 2] ?? 0) : '';
  if (field && field.type !== type) inconsistent(`a header field ${field.name} of type "${type}"`);
  const start = at + 4;
  if (type === 'g') return readText(bytes, start + 1, bytes[start] ?? 0, field?.name, message);
  const word = uint32(bytes, aligned4(start), message.littleEndian);
  if (type === 's' || type === 'o') return readText(bytes, aligned4(start) + 4, word, field?.name, message);
  if (type !== 'u') inconsistent(`an unknown header field of type "${type}"`);
  if (field?.name === 'replySerial') message.replySerial = word;
  return aligned4(start) + 4;
}

function readText(
  bytes: Buffer,
  start: number,
  length: number,
  name: FieldName | undefined,
  message: Message,
): number {
  if (bytes[start + length] !== 0) inconsistent('a header field that does not end');
  if (name && name !== 'replySerial') message[name] = bytes.toString('utf8', start, start + length);
  return start + length + 1;
}

function inconsistent(what: string): never {
  throw new BusError(standardError('InconsistentMessage'), what);
}

function uint32(bytes: Buffer, at: number, littleEndian: boolean): number {
  if (at + 4 > bytes.length) inconsistent('a header field that ends too early');
  return littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
}

function aligned8(at: number): number {
  return Math.ceil(at / 8) * 8;
}

function aligned4(at: number): number {
  return Math.ceil(at / 4) * 4;
}
