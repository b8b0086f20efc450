import type { Signal } from '../../../src/adapters/bus/bus.ts';
import { decodeBody } from '../../../src/adapters/bus/dbus-next.ts';
import { encode, Variant } from '../../../src/adapters/bus/encode.ts';
import { BusError } from '../../../src/adapters/bus/errors.ts';
import { textArgument, textAt } from '../../../src/adapters/bus/lookup.ts';
import type { Random } from '../../scenarios/soak/random.ts';
import { someType, someValue } from './bus-value.ts';
import { mutatedBytes } from './bytes.ts';
import { oddText } from './text.ts';

const STATES = [
  'running',
  'degraded',
  'starting',
  'initializing',
  'maintenance',
  'stopping',
  'offline',
  '',
  'unknown',
];
const UNITS = ['nginx.service', 'rescue.target', 'emergency.target', '-.mount', 'a@b.service'];
const RESULTS = ['success', 'exit-code', 'signal', 'timeout', 'oom-kill'];
const CODES = [
  ...[
    'org.freedesktop.DBus.Error.NoReply',
    'org.freedesktop.DBus.Error.NameHasNoOwner',
    'org.freedesktop.DBus.Error.Timeout',
  ],
  ...[
    'org.freedesktop.systemd1.NoSuchUnit',
    'org.freedesktop.systemd1.UnitExists',
    'org.freedesktop.systemd1.NotReferenced',
  ],
  ...['org.freedesktop.DBus.Error.AccessDenied', 'org.freedesktop.DBus.Error.Spawn.ExecFailed', 'x', ''],
];

/** What a guest answers, as it comes from the decoder: mostly something like what was asked for. */
export function someAnswer(random: Random): unknown {
  switch (random.below(9)) {
    case 0:
      return random.pick(STATES);
    case 1:
      return random.pick(['active', 'inactive', 'failed', 'activating', 'auto-restart', 'x']);
    case 2:
      return listOfUnits(random);
    case 3:
      return random.pick([0, 1, 4, 255, -1, 0n, 2n ** 64n - 1n]);
    case 4:
      return random.pick(RESULTS);
    case 5:
      return [random.pick([0, 1, 'x']), '/org/freedesktop/systemd1/job/1'];
    case 6:
      return oddText(random);
    case 7:
      return properties(random);
    default:
      return someValue(random, someType(random)).received;
  }
}

/** An answer of the right type, to what was asked. */
export function answerTo(random: Random, what: string): unknown {
  const odd = random.chance(0.3);
  switch (what) {
    case 'SystemState':
      return odd ? oddText(random) : random.pick(STATES);
    case 'ActiveState':
      return odd ? oddText(random) : random.pick(['active', 'inactive', 'failed', 'activating']);
    case 'Result':
      return odd ? oddText(random) : random.pick(RESULTS);
    case 'Job':
      return [random.pick([0, 0, 1]), '/'];
    case 'ExecMainCode':
    case 'ExecMainStatus':
      return random.pick([0, 1, 2, 255, -1, odd]);
    case 'InactiveExitTimestamp':
      return random.pick([0n, 1n, 2n ** 64n - 1n]);
    case 'ListUnitsFiltered':
      return listOfUnits(random);
    default:
      return someAnswer(random);
  }
}

/** ListUnits: name, description, load, active, sub, following, path, job. */
function listOfUnits(random: Random): unknown {
  const count = random.chance(0.02) ? random.pick([101, 2000]) : random.below(4);
  return Array.from({ length: count }, (_, at) => {
    const name = random.chance(0.8) ? random.pick(UNITS) : random.chance(0.5) ? oddText(random) : at;
    const unit = [
      name,
      'text',
      'loaded',
      random.pick(['failed', 'activating']),
      random.pick(['failed', 'auto-restart']),
    ];
    return random.chance(0.95) ? [...unit, '', '/', 0, '', '/'] : someAnswer(random);
  });
}

/** The body of PropertiesChanged, or of a GetAll. */
function properties(random: Random): object {
  const keys = ['ActiveState', 'SubState', 'Result', 'NRestarts', 'Job', '__proto__', oddText(random, 2)];
  return Object.fromEntries(
    Array.from({ length: random.below(4) }, () => [
      random.pick(keys),
      random.chance(0.9) ? oddText(random, 2) : 1,
    ]),
  );
}

export function someError(random: Random): Error {
  const text = random.chance(0.05) ? 'x'.repeat(100_000) : oddText(random, 20);
  return new BusError(random.chance(0.9) ? random.pick(CODES) : oddText(random), text);
}

const MEMBERS = [
  'PropertiesChanged',
  'StartupFinished',
  'JobRemoved',
  'UnitRemoved',
  'UnitNew',
  'Reloading',
  'x',
];

const PATHS = ['/org/freedesktop/systemd1', '/org/freedesktop/systemd1/unit/nginx_2eservice', '/'];

/** A signal that has passed the match rules, of any content, as bus.ts makes it. */
export function someSignal(random: Random): Signal {
  const [signature, values] = someArguments(random);
  const sent = encode(signature, values);
  const body = random.chance(0.8) ? sent : mutatedBytes(random, sent);
  const message = { signature, body, littleEndian: true, limits: { maxValues: 25_000 } };
  return {
    ...{ sender: ':1.1', path: random.pick(PATHS), interface: 'org.freedesktop.DBus.Properties' },
    ...{ member: random.pick(MEMBERS), signature },
    get body() {
      return decodeBody(signature, body, true, message.limits);
    },
    text: index => textArgument(message, index),
    textAt: (index, key) => textAt(message, index, key),
  };
}

function someArguments(random: Random): [signature: string, values: unknown[]] {
  const unit = random.pick([...UNITS, 'nspawnd-probe.service', 'x'.repeat(256)]);
  switch (random.below(4)) {
    case 0:
      return ['sa{sv}as', ['org.freedesktop.systemd1.Unit', changed(random), []]];
    case 1:
      return ['uoss', [1, '/org/freedesktop/systemd1/job/1', unit, 'done']];
    case 2:
      return ['so', [unit, '/org/freedesktop/systemd1/unit/x']];
    default: {
      const types = Array.from({ length: random.below(4) }, () => someType(random));
      return [types.join(''), types.map(type => someValue(random, type).sent)];
    }
  }
}

function changed(random: Random): Map<string, Variant> {
  const states = ['failed', 'active', 'auto-restart', 'activating'];
  const odd = () => {
    const type = someType(random);
    return new Variant(type, someValue(random, type).sent);
  };
  const keys = ['ActiveState', 'SubState', 'Job', '__proto__', 'toString'].filter(() => random.chance(0.4));
  return new Map(keys.map(key => [key, random.chance(0.7) ? new Variant('s', random.pick(states)) : odd()]));
}
