/**
 * `node attack.ts KIND CONNECTIONS SECONDS [WINDOW]`: floods org.nixos.nspawn1 with calls of one kind, from many
 * connections at once, each with WINDOW calls waiting for a reply: by default as many as the bus allows. Prints how many were sent and answered, as JSON.
 * It speaks to its sockets by itself, since it must be faster than what it attacks.
 */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { authenticate } from '../../../src/adapters/bus/authenticate.ts';
import { Bus } from '../../../src/adapters/bus/bus.ts';
import { encode, Variant } from '../../../src/adapters/bus/encode.ts';
import {
  ALLOW_INTERACTIVE_AUTHORIZATION,
  encodeHeader,
  METHOD_CALL,
  messageSize,
  NO_REPLY_EXPECTED,
  type Outgoing,
} from '../../../src/adapters/bus/message.ts';

const SOCKET = '/run/dbus/system_bus_socket';
const BUS = 'org.freedesktop.DBus';
const NAME = 'org.nixos.nspawn1';
const ROOT = '/org/nixos/nspawn1';
const MANAGER = 'org.nixos.nspawn1.Manager';
const PROPERTIES = `${BUS}.Properties`;
// dbus-daemon lets a connection wait for 128 replies. Where each is large, a few are as bad.
const WINDOW = Number(process.argv[5]) || ({ big: 2, deaf: 10 }[process.argv[2] ?? ''] ?? 120);

/** Much is asked for in this time that nobody reads. */
const DEAF_PAUSE_MS = 200;

type Call = Partial<Outgoing> & { body?: unknown[]; deaf?: boolean };

const KINDS: Record<string, Call> = {
  get: { interface: PROPERTIES, member: 'Get', signature: 'ss', body: [MANAGER, 'NFailed'] },
  'get-all': { interface: PROPERTIES, member: 'GetAll', signature: 's', body: [MANAGER] },
  list: { interface: MANAGER, member: 'ListContainers' },
  plan: { interface: MANAGER, member: 'Plan' },
  objects: { interface: `${BUS}.ObjectManager`, member: 'GetManagedObjects' },
  introspect: { interface: `${BUS}.Introspectable`, member: 'Introspect', path: `${ROOT}/container` },
  wait: { interface: MANAGER, member: 'WaitSettled', signature: 'st', body: ['', 3_600_000_000n] },
  start: { interface: MANAGER, member: 'Start', signature: 's', body: ['web'] },
  'start-asking': {
    ...{ interface: MANAGER, member: 'Start', signature: 's', body: ['web'] },
    flags: ALLOW_INTERACTIVE_AUTHORIZATION,
  },
  unknown: { interface: MANAGER, member: 'Nope' },
  set: {
    ...{ interface: PROPERTIES, member: 'Set', signature: 'ssv' },
    body: [MANAGER, 'Version', new Variant('s', 'x')],
  },
  big: { interface: MANAGER, member: 'GetContainer', signature: 's', body: ['x'.repeat(512 * 1024)] },
  'no-reply': { interface: MANAGER, member: 'Nope', flags: NO_REPLY_EXPECTED },
  'start-no-reply': {
    ...{ interface: MANAGER, member: 'Start', signature: 's', body: ['web'] },
    flags: NO_REPLY_EXPECTED,
  },
  // What no service can be better than: the same on systemd's own, which is written in C.
  networkd: {
    ...{ destination: 'org.freedesktop.network1', path: '/org/freedesktop/network1' },
    ...{ interface: PROPERTIES, member: 'Get', signature: 'ss' },
    body: ['org.freedesktop.network1.Manager', 'OperationalState'],
  },
  // Its answers are never read.
  deaf: { interface: `${BUS}.ObjectManager`, member: 'GetManagedObjects', deaf: true },
  // To the connections of the daemon that don't own its name.
  aside: { interface: MANAGER, member: 'ListContainers', destination: '' },
  'aside-no-reply': {
    interface: MANAGER,
    member: 'ListContainers',
    destination: '',
    flags: NO_REPLY_EXPECTED,
  },
};

const [kind = '', connections = '1', seconds = '5'] = process.argv.slice(2);
const { body = [], deaf = false, ...fields } = KINDS[kind] ?? fail(`there is no kind "${kind}"`);
const destinations = fields.destination === '' ? await aside() : [fields.destination ?? NAME];
const templates = destinations.map(destination => template({ ...fields, destination }));
let sent = 0;
let answered = 0;
let open = true;

if (kind === 'start-asking') await registerAgent();
const sockets = await Promise.all(Array.from({ length: Number(connections) }, enter));
for (const socket of sockets) flood(socket);
setTimeout(() => {
  open = false;
  console.log(JSON.stringify({ kind, connections: sockets.length, sent, answered }));
  process.exit(0);
}, Number(seconds) * 1000);

/** Connects and says hello. */
async function enter(): Promise<Socket> {
  const socket = connect(SOCKET);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  await authenticate(socket);
  const hello = {
    type: METHOD_CALL,
    serial: 1,
    destination: BUS,
    path: '/',
    interface: BUS,
    member: 'Hello',
  };
  socket.write(encodeHeader(hello, 0));
  return socket;
}

function flood(socket: Socket): void {
  let serial = 2;
  let waiting = 0;
  const wantsReplies = ((fields.flags ?? 0) & NO_REPLY_EXPECTED) === 0;
  const refill = () => {
    const most = wantsReplies ? WINDOW - waiting : WINDOW;
    if (!open || most <= 0 || socket.writableNeedDrain) return;
    const messages = Array.from({ length: most }, () => numbered(serial++));
    waiting += most;
    sent += most;
    socket.write(Buffer.concat(messages));
    if (!wantsReplies) setImmediate(refill);
    if (deaf) {
      waiting = 0;
      setTimeout(refill, DEAF_PAUSE_MS);
    }
  };
  socket.on('drain', refill);
  socket.on('error', () => socket.destroy());
  if (!deaf) {
    socket.on(
      'data',
      counter(count => {
        answered += count;
        waiting = Math.max(0, waiting - count);
        refill();
      }),
    );
    // Authentication leaves it paused.
    socket.resume();
  }
  refill();
}

function numbered(serial: number): Buffer {
  const message = Buffer.from(templates[serial % templates.length] as Buffer);
  message.writeUInt32LE(serial, 8);
  return message;
}

/** Tells how many messages begin in each chunk. */
function counter(told: (count: number) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let skip = 0;
  return chunk => {
    let bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let count = 0;
    for (;;) {
      const skipped = Math.min(skip, bytes.length);
      bytes = bytes.subarray(skipped);
      skip -= skipped;
      if (skip > 0 || bytes.length < 16) break;
      skip = messageSize(bytes.subarray(0, 16));
      count++;
    }
    rest = Buffer.from(bytes);
    if (count > 0) told(count);
  };
}

function template(call: Call): Buffer {
  const encoded = encode(fields.signature ?? '', body);
  return Buffer.concat([
    encodeHeader({ type: METHOD_CALL, serial: 1, path: ROOT, ...call }, encoded.length),
    encoded,
  ]);
}

/** A polkit agent of this process that never answers. See RegisterAuthenticationAgent in the D-Bus API of polkit(8). */
async function registerAgent(): Promise<void> {
  const polkit = 'org.freedesktop.PolicyKit1';
  const bus = await Bus.connect();
  bus.serve(() => undefined);
  const started = BigInt(readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ')[19] ?? 0);
  const details = {
    pid: new Variant('u', process.pid),
    'start-time': new Variant('t', started),
    uid: new Variant('i', process.getuid?.() ?? 0),
  };
  const args = [['unix-process', details], 'C', '/agent'];
  const [path, iface] = ['/org/freedesktop/PolicyKit1/Authority', `${polkit}.Authority`];
  await bus.call(polkit, path, iface, 'RegisterAuthenticationAgent', '(sa{sv})ss', args);
}

/** The unique names of the daemon's connections that don't own its name. */
async function aside(): Promise<string[]> {
  const bus = await Bus.connect();
  const ask = (member: string, name: string) => bus.call(BUS, '/', BUS, member, 's', [name]);
  const [owner] = await ask('GetNameOwner', NAME);
  const [pid] = await ask('GetConnectionUnixProcessID', String(owner));
  const [names] = await bus.call(BUS, '/', BUS, 'ListNames');
  const theirs: string[] = [];
  for (const name of names as string[]) {
    if (!name.startsWith(':') || name === owner) continue;
    const [other] = await ask('GetConnectionUnixProcessID', name).catch(() => [0]);
    if (other === pid) theirs.push(name);
  }
  await bus.close();
  return theirs.length > 0 ? theirs : [String(owner)];
}

function fail(what: string): never {
  console.error(what);
  process.exit(2);
}
