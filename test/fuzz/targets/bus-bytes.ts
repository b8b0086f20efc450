import { decodeBody } from '../../../src/adapters/bus/dbus-next.ts';
import { encode } from '../../../src/adapters/bus/encode.ts';
import { BusError } from '../../../src/adapters/bus/errors.ts';
import { Framing } from '../../../src/adapters/bus/framing.ts';
import { textArgument, textAt } from '../../../src/adapters/bus/lookup.ts';
import { encodeHeader, type Outgoing, parseMessage } from '../../../src/adapters/bus/message.ts';
import type { Random } from '../../scenarios/soak/random.ts';
import { expect } from '../expect.ts';
import { someType, someValue } from '../generate/bus-value.ts';
import { mutatedBytes } from '../generate/bytes.ts';
import { type Target, TURN_MS } from '../target.ts';

/** What a guest may send in one message. */
const MAX_MESSAGE = 1024 * 1024;
/** And how many values in it, see guest.ts. */
const LIMITS = { maxValues: 25_000 };
const ROOT = '/org/freedesktop/systemd1';

/** Bytes from a bus, in pieces: each message is read, or refused by an error of ours. */
export const busBytes: Target<string[]> = {
  name: 'bus-bytes',
  limitMs: TURN_MS,
  generate(random) {
    let bytes: Buffer = Buffer.concat(Array.from({ length: 1 + random.below(3) }, () => someMessage(random)));
    if (random.chance(0.9)) bytes = mutatedBytes(random, bytes);
    return piecesOf(random, bytes);
  },
  check(pieces) {
    // As intake.ts does: what is wrong with one message drops it, what is wrong with the stream ends it.
    const framing = new Framing(MAX_MESSAGE);
    expectBusError(() => {
      for (const piece of pieces) {
        framing.push(Buffer.from(piece, 'base64'));
        for (let bytes = framing.next(); bytes !== undefined; bytes = framing.next()) read(bytes);
      }
    });
  },
};

/** Bodies whose signature is anybody's: what the library decodes ends, and so does its memory. */
export const busBodies: Target<{ signature: string; body: string; littleEndian: boolean }> = {
  name: 'bus-bodies',
  limitMs: TURN_MS,
  generate(random) {
    const types = Array.from({ length: random.below(3) }, () => someType(random));
    const body = encode(
      types.join(''),
      types.map(type => someValue(random, type).sent),
    );
    return {
      signature: random.chance(0.5) ? types.join('') : oddSignature(random, types.join('')),
      body: (random.chance(0.002) ? hugeBody(random) : mutatedBytes(random, body)).toString('base64'),
      littleEndian: random.chance(0.9),
    };
  },
  check({ signature, body, littleEndian }) {
    expectBusError(() => decodeBody(signature, Buffer.from(body, 'base64'), littleEndian, LIMITS));
  },
};

function read(bytes: Buffer): void {
  expectBusError(() => {
    const message = parseMessage(bytes, LIMITS);
    expectBusError(() => [0, 1, 2].map(index => textArgument(message, index)));
    expectBusError(() => textAt(message, 1, 'ActiveState'));
    decodeBody(message.signature, message.body, message.littleEndian, LIMITS);
  });
}

function expectBusError(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof BusError)) throw error;
    expect(error.message.length < 4096, `an error of ${error.message.length} characters`);
  }
}

function someMessage(random: Random): Buffer {
  const types = Array.from({ length: random.below(3) }, () => someType(random));
  const body = encode(
    types.join(''),
    types.map(type => someValue(random, type).sent),
  );
  const type = 1 + random.below(4);
  const header: Outgoing = {
    type,
    flags: random.below(8),
    serial: 1 + random.below(100),
    path: random.pick(['/', ROOT, `${ROOT}/unit/nginx_2eservice`]),
    interface: random.pick(['org.freedesktop.systemd1.Manager', 'org.freedesktop.DBus.Properties', 'a.b']),
    member: random.pick(['PropertiesChanged', 'JobRemoved', 'Get', 'x'.repeat(200)]),
    sender: ':1.1',
    signature: types.join(''),
    ...(type === 3 && { errorName: 'org.freedesktop.DBus.Error.Failed' }),
    ...(type > 1 && { replySerial: random.below(100) }),
  } as Outgoing;
  return Buffer.concat([encodeHeader(header, body.length), body]);
}

function piecesOf(random: Random, bytes: Buffer): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = random.chance(0.5) ? bytes.length : at + 1 + random.below(bytes.length - at);
    pieces.push(bytes.subarray(at, end).toString('base64'));
    at = end;
  }
  return pieces;
}

function oddSignature(random: Random, signature: string): string {
  const made = mutatedBytes(random, Buffer.from(signature, 'latin1')).toString('latin1');
  const nested = random.pick([
    'a()',
    'a{}',
    'a{sv',
    '((((',
    'av'.repeat(20),
    `${'a'.repeat(40)}y`,
    `${'('.repeat(40)}y${')'.repeat(40)}`,
    'h',
    'ah',
    '()',
    'a{vs}',
    'aa{s(v)}',
  ]);
  return random.chance(0.3) ? nested + made : made;
}

/** Up to a megabyte of what grows when it is decoded. */
function hugeBody(random: Random): Buffer {
  const size = random.pick([4096, 65536, MAX_MESSAGE - 256]);
  const body = Buffer.alloc(size, random.pick([0, 1, 4, 0x61, 0xff]));
  if (random.chance(0.7)) body.writeUInt32LE(size - 8, 0);
  return body;
}
