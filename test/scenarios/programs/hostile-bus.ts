/**
 * Stands in for the system buses of hostile guests: argument by argument, a directory in which it makes
 * `system_bus_socket`; the last part of its path says what that bus does. It prints a line when all are there.
 */
import { chmodSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { basename, join } from 'node:path';
import { encode, Variant } from '../../../src/adapters/bus/encode.ts';
import { Framing } from '../../../src/adapters/bus/framing.ts';
import {
  encodeHeader,
  METHOD_RETURN,
  type Message,
  type Outgoing,
  parseMessage,
  SIGNAL,
} from '../../../src/adapters/bus/message.ts';
import { encodeLabel } from '../../../src/model/object-path.ts';

const MANAGER = ':1.0';
const UNITS = '/org/freedesktop/systemd1/unit';
/** The least that is called a unit, and the most that can be. */
const DASHES = Array.from({ length: 100 }, (_, i) => `${i}${'-'.repeat(240)}.service`);
const UNIT_LIST = 'a(ssssssouso)';
const NOTHING = Buffer.alloc(0);

/** What a bus does otherwise than one whose guest is well. */
interface Behaviour {
  /** In the place of the reply to a method. undefined: as a good one. */
  readonly answer?: (call: Message) => Buffer | undefined;
  /** Sent for as long as it is taken, once somebody has subscribed. */
  readonly flood?: Buffer;
  /** As `flood`, so many each second. */
  readonly perSecond?: number;
}

const BEHAVIOURS: Record<string, () => Behaviour> = {
  good: () => ({}),
  'empty-structs': () => ({
    answer: on('Get', call =>
      reply(call, 'v', Buffer.concat([Buffer.from('\x03a()\0', 'latin1'), Buffer.alloc(3), words(1)])),
    ),
  }),
  'huge-signals': () => ({ flood: changed('a.service', largeDictionary()) }),
  'many-signals': () => ({
    answer: on('ListUnitsFiltered', call => reply(call, UNIT_LIST, failed(DASHES))),
    flood: Buffer.concat(DASHES.map(unit => changed(unit, encodeState('active')))),
  }),
  flapping: () => {
    let count = 0;
    return {
      answer: call =>
        on('ListUnitsFiltered', () => reply(call, UNIT_LIST, failed([`flap-${count++}.service`])))(call) ??
        on('Get', () => reply(call, 'v', encode('v', [new Variant('s', 'degraded')])))(call),
      flood: changed('flap.service', encodeState('failed')),
      perSecond: 300,
    };
  },
  'long-list': () => ({
    answer: on('ListUnitsFiltered', call => reply(call, 'av', variants(250_000))),
  }),
  'half-a-message': () => ({ answer: on('Get', call => state(call, 'running').subarray(0, 40)) }),
  'wrong-endian': () => ({
    answer: on('Get', call => {
      const bytes = Buffer.from(state(call, 'running'));
      bytes[0] = 0x42;
      return bytes;
    }),
  }),
  'only-hello': () => ({ answer: call => (call.member === 'Hello' ? undefined : NOTHING) }),
  'no-text': () => ({ answer: on('Get', call => reply(call, 'v', encode('v', [new Variant('u', 1)]))) }),
  'out-of-order': () => {
    let held: Buffer | undefined;
    const inReverse = (call: Message) => {
      const late = held;
      held = late === undefined ? goodAnswer(call) : undefined;
      return late === undefined ? NOTHING : Buffer.concat([goodAnswer(call), stray(), late, late]);
    };
    return { answer: call => on('Get', inReverse)(call) ?? on('ListUnitsFiltered', inReverse)(call) };
  },
};

const directories = process.argv.slice(2);
await Promise.all(directories.map(serve));
console.log('ready');

async function serve(directory: string): Promise<void> {
  const behave = BEHAVIOURS[basename(directory)];
  if (behave === undefined) throw new Error(`no such behaviour: ${directory}`);
  const behaviour = behave();
  const server = createServer(socket => converse(socket, behaviour));
  const path = join(directory, 'system_bus_socket');
  await new Promise<void>(resolve => server.listen(path, resolve));
  // Root of the guest is nobody here.
  chmodSync(path, 0o666);
}

function converse(socket: Socket, behaviour: Behaviour): void {
  socket.on('error', () => socket.destroy());
  let handshake = '';
  const framing = new Framing();
  let isFlooding = false;
  const began = (chunk: Buffer) => {
    framing.push(chunk);
    for (let bytes = framing.next(); bytes; bytes = framing.next()) {
      const call = parseMessage(bytes);
      socket.write(behaviour.answer?.(call) ?? goodAnswer(call));
      if (call.member !== 'Subscribe' || isFlooding) continue;
      isFlooding = true;
      flood(socket, behaviour);
    }
  };
  socket.on('data', function greet(chunk) {
    handshake += chunk.toString('latin1');
    const end = handshake.indexOf('BEGIN\r\n');
    for (const line of handshake
      .slice(0, end < 0 ? undefined : end)
      .split('\r\n')
      .slice(0, -1))
      socket.write(answerTo(line.replace('\0', '')));
    if (end < 0) {
      handshake = handshake.slice(handshake.lastIndexOf('\n') + 1);
      return;
    }
    socket.off('data', greet);
    socket.on('data', began);
    began(Buffer.from(handshake.slice(end + 'BEGIN\r\n'.length), 'latin1'));
  });
}

/** The server's part of "Authentication Protocol" in the D-Bus specification, as far as sd-bus plays it. */
function answerTo(line: string): string {
  if (line === 'AUTH EXTERNAL') return 'DATA\r\n';
  if (line.startsWith('AUTH') || line.startsWith('DATA')) return `OK ${'0'.repeat(32)}\r\n`;
  return line === 'NEGOTIATE_UNIX_FD' ? 'AGREE_UNIX_FD\r\n' : '';
}

function flood(socket: Socket, { flood: bytes, perSecond }: Behaviour): void {
  if (bytes === undefined) return;
  if (perSecond !== undefined) {
    const timer = setInterval(() => socket.write(bytes), 1000 / perSecond);
    socket.once('close', () => clearInterval(timer));
    return;
  }
  const more = () => {
    while (!socket.destroyed && socket.write(bytes));
  };
  socket.on('drain', more);
  more();
}

function on(member: string, answer: (call: Message) => Buffer): (call: Message) => Buffer | undefined {
  return call => (call.member === member ? answer(call) : undefined);
}

function goodAnswer(call: Message): Buffer {
  if (call.member === 'Hello') return reply(call, 's', encode('s', [':1.7']));
  if (call.member === 'GetNameOwner') return reply(call, 's', encode('s', [MANAGER]));
  if (call.member === 'Get') return state(call, 'running');
  if (call.member === 'ListUnitsFiltered') return reply(call, UNIT_LIST, failed([]));
  return reply(call, '', NOTHING);
}

function state(call: Message, word: string): Buffer {
  return reply(call, 'v', encode('v', [new Variant('s', word)]));
}

function stray(): Buffer {
  return reply({ serial: 4_000_000 } as Message, 's', encode('s', ['to nobody']));
}

function reply({ serial }: Message, signature: string, body: Buffer): Buffer {
  return messageOf({ type: METHOD_RETURN, replySerial: serial, signature }, body);
}

function changed(unit: string, dictionary: Buffer): Buffer {
  const header = {
    ...{ type: SIGNAL, path: `${UNITS}/${encodeLabel(unit)}`, member: 'PropertiesChanged' },
    ...{ interface: 'org.freedesktop.DBus.Properties', signature: 'sa{sv}as' },
  };
  const first = encode('s', ['org.freedesktop.systemd1.Unit']);
  const padding = Buffer.alloc((4 - (first.length % 4)) % 4);
  return messageOf(header, Buffer.concat([first, padding, dictionary, words(0)]));
}

/** Of an `a{sv}` that begins where the one of a PropertiesChanged of a unit does, its end a multiple of 4. */
function encodeState(word: string): Buffer {
  return dictionaryOf(encode('a{sv}', [{ ActiveState: new Variant('s', word) }]).subarray(8));
}

/** Entries without an end, and none of them the one that is looked for. */
function largeDictionary(): Buffer {
  const entry = Buffer.concat([words(1), Buffer.from('k\0\x01y\0\x01\0\0', 'latin1'), words(0)]);
  return dictionaryOf(Buffer.concat(Array(65_000).fill(entry)));
}

/** The interface's name takes 4 + 29 + 1 + 2 bytes, which leaves the length of the array at 36, and its elements at 40. */
function dictionaryOf(entries: Buffer): Buffer {
  const padding = Buffer.alloc((4 - (entries.length % 4)) % 4);
  return Buffer.concat([words(entries.length), entries, padding]);
}

function failed(units: readonly string[]): Buffer {
  const row = (unit: string) => [unit, '', 'loaded', 'failed', 'failed', '', '/', 0, '', '/'];
  return encode(UNIT_LIST, [units.map(row)]);
}

function variants(count: number): Buffer {
  const all = Buffer.from('\x01y\0\x07'.repeat(count), 'latin1');
  return Buffer.concat([words(all.length), all]);
}

function words(word: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(word);
  return bytes;
}

function messageOf(header: Omit<Outgoing, 'serial'>, body: Buffer): Buffer {
  const from = { ...header, serial: 1, sender: MANAGER, destination: ':1.7' };
  return Buffer.concat([encodeHeader(from, body.length), body]);
}
