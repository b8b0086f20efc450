import { ERROR, METHOD_RETURN } from './message.ts';

const LITTLE_ENDIAN = 0x6c;
const PROTOCOL = 1;
// Header fields, in the D-Bus specification; their types as characters.
const ERROR_NAME = 4;
const REPLY_SERIAL = 5;
const DESTINATION = 6;
const SIGNATURE = 8;
const STRING = 0x73;
const UINT32 = 0x75;
const SIGNATURE_TYPE = 0x67;

export interface Reply {
  /** Absent: a method return. */
  readonly errorName?: string;
  readonly replySerial: number;
  /** The unique name of the caller. */
  readonly destination: string;
  readonly signature: string;
}

/**
 * The same bytes as `encodeHeader` gives, at a fifth of the cost: replies are what others can make us send as often as
 * they like.
 */
export function encodeReplyHeader(reply: Reply, serial: number, bodyLength: number): Buffer {
  const { errorName = '', replySerial, destination, signature } = reply;
  const bytes = Buffer.alloc(80 + errorName.length + destination.length + signature.length);
  bytes[0] = LITTLE_ENDIAN;
  bytes[1] = errorName === '' ? METHOD_RETURN : ERROR;
  bytes[3] = PROTOCOL;
  bytes.writeUInt32LE(bodyLength, 4);
  bytes.writeUInt32LE(serial, 8);
  let at = 16;
  if (errorName !== '') at = writeString(bytes, at, ERROR_NAME, errorName);
  at = begin(bytes, at, REPLY_SERIAL, UINT32);
  bytes.writeUInt32LE(replySerial, at);
  at = writeString(bytes, at + 4, DESTINATION, destination);
  if (signature !== '') {
    at = begin(bytes, at, SIGNATURE, SIGNATURE_TYPE);
    bytes[at] = signature.length;
    bytes.write(signature, at + 1, 'latin1');
    at += 1 + signature.length + 1;
  }
  bytes.writeUInt32LE(at - 16, 12);
  return bytes.subarray(0, aligned8(at));
}

/** Begins a header field and returns where its value goes. */
function begin(bytes: Buffer, end: number, code: number, type: number): number {
  const at = aligned8(end);
  bytes[at] = code;
  bytes[at + 1] = 1;
  bytes[at + 2] = type;
  return at + 4;
}

/** Names have no character beyond ASCII. */
function writeString(bytes: Buffer, end: number, code: number, text: string): number {
  const at = begin(bytes, end, code, STRING);
  bytes.writeUInt32LE(text.length, at);
  bytes.write(text, at + 4, 'latin1');
  return at + 4 + text.length + 1;
}

function aligned8(at: number): number {
  return Math.ceil(at / 8) * 8;
}
