import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { encode, Variant } from '../../src/adapters/bus/encode.ts';
import { Framing } from '../../src/adapters/bus/framing.ts';
import { HeaderCache } from '../../src/adapters/bus/header-cache.ts';
import {
  ERROR,
  encodeHeader,
  METHOD_CALL,
  METHOD_RETURN,
  type Message,
  parseMessage,
  SIGNAL,
} from '../../src/adapters/bus/message.ts';
import { encodeReplyHeader } from '../../src/adapters/bus/reply-header.ts';

const dbusNext = createRequire(import.meta.url)('dbus-next/lib/message.js');

const CALL = {
  type: METHOD_CALL,
  flags: 4,
  serial: 7,
  destination: 'org.example.Name',
  path: '/org/example',
  interface: 'org.example.Interface',
  member: 'Member',
  signature: 'sa{sv}',
};
const BODY = encode('sa{sv}', ['text', { key: new Variant('t', 1n) }]);

function messageOf(header: Parameters<typeof encodeHeader>[0], body: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([encodeHeader(header, body.length), body]);
}

/** A header of these fields, which says that they are `length` bytes. */
function header(fields: string, length = fields.length / 2, padding = 8): Buffer {
  const fixed = Buffer.from('6c040001000000000100000000000000', 'hex');
  fixed.writeUInt32LE(length, 12);
  return Buffer.concat([fixed, Buffer.from(fields, 'hex'), Buffer.alloc(padding)]);
}

describe('a message', () => {
  test('is read by dbus-next as it was written', () => {
    const read = dbusNext.unmarshall(messageOf(CALL, BODY));
    const { type, flags, serial, destination, path, member, signature } = read;
    expect({ type, flags, serial, destination, path, interface: read.interface, member, signature }).toEqual(
      CALL,
    );
    expect(read.body[0]).toBe('text');
  });

  test('is read as it was written', () => {
    expect(parseMessage(messageOf(CALL, BODY))).toMatchObject({
      ...CALL,
      sender: '',
      replySerial: 0,
      body: BODY,
    });
  });

  test('of dbus-next is read as dbus-next wrote it', () => {
    const header = { type: METHOD_RETURN, serial: 9, replySerial: 4_000_000_000, destination: ':1.5' };
    const [bytes] = dbusNext.marshall({ ...header, signature: 's', body: ['text'] });
    expect(parseMessage(bytes)).toMatchObject({ ...header, signature: 's', body: encode('s', ['text']) });
  });

  test('may be big-endian', () => {
    const fields = Buffer.from('05017500' + '00000007' + '08016700' + '01' + '7500' + '00', 'hex');
    const fixed = Buffer.from('42020001' + '00000004' + '00000003' + '0000000f', 'hex');
    const message = parseMessage(Buffer.concat([fixed, fields, Buffer.from('0000002a', 'hex')]));
    expect(message).toMatchObject({
      type: 2,
      serial: 3,
      replySerial: 7,
      signature: 'u',
      littleEndian: false,
    });
    expect(message.body.toString('hex')).toBe('0000002a');
  });

  test('may have header fields that we do not know', () => {
    // Code 200 of type u, then the path.
    const fields = Buffer.from('c8017500' + '01000000' + '01016f00' + '01000000' + '2f00', 'hex');
    const fixed = Buffer.from('6c040001' + '00000000' + '01000000' + '12000000', 'hex');
    expect(parseMessage(Buffer.concat([fixed, fields, Buffer.alloc(6)])).path).toBe('/');
  });

  test('with a header field of the wrong type is an error', () => {
    const fields = Buffer.from('01017500' + '01000000', 'hex');
    const fixed = Buffer.from('6c040001' + '00000000' + '01000000' + '08000000', 'hex');
    expect(() => parseMessage(Buffer.concat([fixed, fields]))).toThrow('a header field path of type "u"');
  });

  test.each([
    [
      'longer than the message',
      header('01016f00' + '01000000' + '2f00', 200),
      'a message header of 216 bytes',
    ],
    ['longer than any', header('00'.repeat(100_000)), 'a message header of 100016 bytes'],
    ['with a field that has no end', header('01016f00' + '02000000' + '2f2f2f2f'), 'that does not end'],
    ['with a field that goes beyond it', header('01016f00' + '03000000' + '2f2f2f00', 11), 'goes beyond'],
    ['with a field that ends too early', header('01016f00', 4, 0), 'ends too early'],
    ['with too many fields', header('c801750001000000'.repeat(33)), 'more than 32 header fields'],
  ])('with a header %s is an error', (_what, bytes, message) => {
    expect(() => parseMessage(bytes)).toThrow(message);
  });

  test('has no destination field when it is a broadcast', () => {
    const signal = {
      type: SIGNAL,
      serial: 1,
      path: '/a',
      interface: 'a.b',
      member: 'C',
      destination: undefined,
    };
    expect(
      dbusNext.unmarshall(messageOf({ ...signal, signature: 's' }, encode('s', ['']))).destination,
    ).toBeUndefined();
  });
});

describe('the byte stream', () => {
  const messages = [
    messageOf(CALL, BODY),
    messageOf({ ...CALL, signature: '' }),
    messageOf({ ...CALL, signature: 's' }, encode('s', ['x'.repeat(1000)])),
  ];

  test.each([1, 7, 15, 16, 17, 100, 10_000])('in chunks of %i bytes gives the same messages', size => {
    const stream = Buffer.concat([...messages, ...messages]);
    const received: string[] = [];
    const framing = new Framing();
    for (let at = 0; at < stream.length; at += size) {
      framing.push(stream.subarray(at, at + size));
      for (let bytes = framing.next(); bytes; bytes = framing.next()) received.push(bytes.toString('hex'));
    }
    expect(received).toEqual([...messages, ...messages].map(bytes => bytes.toString('hex')));
  });

  test.each([
    ['that is no D-Bus', Buffer.from('HTTP/1.1 400 Bad')],
    ['with a message of 4 GB', Buffer.from('6c010001ffffffff0100000000000000', 'hex')],
  ])('%s is an error', (_what, bytes) => {
    const framing = new Framing();
    framing.push(bytes);
    expect(() => framing.next()).toThrow('cannot read from the bus');
  });

  test('takes no more memory than its bytes when they come one by one', () => {
    const framing = new Framing();
    const message = messageOf({ ...CALL, signature: 's' }, encode('s', ['x'.repeat(200_000)]));
    const began = process.memoryUsage.rss();
    for (let at = 0; at < message.length; at++)
      framing.push(Buffer.from(Uint8Array.of(message[at] ?? 0).buffer));
    expect(process.memoryUsage.rss() - began).toBeLessThan(50 * 1024 * 1024);
    expect(framing.next()).toEqual(message);
  });

  test('ends at a message that is larger than wanted', () => {
    const framing = new Framing(64);
    const header = { type: SIGNAL, serial: 1, path: '/' };
    const fitting = messageOf(header, Buffer.alloc(8));
    framing.push(fitting);
    expect(framing.next()).toEqual(fitting);
    framing.push(messageOf(header, Buffer.alloc(64)).subarray(0, 16));
    expect(() => framing.next()).toThrow(/^cannot read from the bus: a message of \d+ bytes$/);
  });
});

describe('the header of a reply', () => {
  const reply = { replySerial: 0x01020304, destination: ':1.123' };
  test.each([
    [{ ...reply, signature: '' }],
    [{ ...reply, signature: 'a{oa{sa{sv}}}' }],
    [{ ...reply, signature: 's', errorName: 'org.example.Error.Something' }],
  ])('is the same as any other way: %j', header => {
    const type = 'errorName' in header ? ERROR : METHOD_RETURN;
    for (let length = 1; length < 9; length++) {
      const each = { ...header, destination: `:1.${'2'.repeat(length)}` };
      expect(encodeReplyHeader(each, 77, 1000)).toEqual(encodeHeader({ type, serial: 77, ...each }, 1000));
    }
  });
});

describe('headers that came before', () => {
  const serials = (message: Message) => [message.serial, message.flags, message.member, message.body];

  test('are read as the first time, each with its own serial, flags and body', () => {
    const cache = new HeaderCache();
    for (const [serial, flags, text] of [
      [1, 0, 'one'],
      [2, 4, 'another'],
      [3, 1, ''],
    ] as const) {
      const body = encode('s', [text]);
      const bytes = messageOf({ ...CALL, serial, flags, signature: 's' }, body);
      expect(cache.parse(bytes)).toEqual(parseMessage(bytes));
      expect(serials(cache.parse(bytes))).toEqual([serial, flags, 'Member', body]);
    }
  });

  test('are told apart by everything else, the type included', () => {
    const cache = new HeaderCache();
    const headers = [CALL, { ...CALL, member: 'Other' }, { ...CALL, type: SIGNAL }, { ...CALL, path: '/x' }];
    for (const header of [...headers, ...headers]) {
      const bytes = messageOf(header, BODY);
      expect(cache.parse(bytes)).toEqual(parseMessage(bytes));
    }
  });
});

describe('a call that is too long', () => {
  const chunksOf = (bytes: Buffer, size: number) =>
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    );

  test.each([1, 7, 64, 1000, 100_000])('is cut off, and the stream goes on, in pieces of %i', size => {
    const short = messageOf(CALL, BODY);
    const long = messageOf({ ...CALL, signature: 's' }, encode('s', ['x'.repeat(5000)]));
    const got: number[][] = [];
    const framing = new Framing(undefined, 1000);
    for (const chunk of chunksOf(Buffer.concat([short, long, long, short]), size)) {
      framing.push(chunk);
      for (let bytes = framing.next(); bytes; bytes = framing.next()) got.push([bytes.length, framing.size]);
    }
    expect(got).toEqual([
      [short.length, short.length],
      [1000, long.length],
      [1000, long.length],
      [short.length, short.length],
    ]);
  });

  test('is told apart from a reply, which is kept whole', () => {
    const long = messageOf({ ...CALL, type: METHOD_RETURN, signature: 's' }, encode('s', ['x'.repeat(5000)]));
    const framing = new Framing(undefined, 1000);
    framing.push(long);
    expect(framing.next()?.length).toBe(long.length);
  });
});
