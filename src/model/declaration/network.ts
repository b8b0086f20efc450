import * as z from 'zod/mini';
import { quoted } from '../text.ts';
import { notAnInterface, notAnInterfacePair } from './interface-name.ts';
import { notANetworkValue } from './network-values.ts';
import { NETWORK_REQUIRED, NETWORK_SETTINGS } from './network-vocabulary.ts';
import { overrides } from './overrides.ts';
import { must, mustHold, notYet } from './schema.ts';

/** The bridge is `vz-ZONE`, and nspawn silently goes without a zone that does not fit (IFNAMSIZ). */
const ZONE_MAX_LENGTH = 12;

const zone = z.string().check(
  must(name => {
    const shown = quoted(name);
    if (name.length > ZONE_MAX_LENGTH)
      return `${shown} is longer than the ${ZONE_MAX_LENGTH} characters of a zone`;
    // In [Match] Name= the others are patterns, which would match other zones.
    return name === '' || notAnInterface(`vz-${name}`) || /[*?[\]!]/.test(name)
      ? `${shown} is no name for a zone`
      : undefined;
  }),
);

const config = z.strictObject({
  host: z._default(
    z.nullable(
      overrides(NETWORK_SETTINGS, {
        source: 'systemd.network(5)',
        notAValue: notANetworkValue,
        required: NETWORK_REQUIRED,
        structural: true,
      }),
    ),
    null,
  ),
  container: z._default(z.unknown().check(notYet<unknown>(null)), null),
});

const veth = z.strictObject({
  /** Default: unless the host's network is shared. */
  enable: z.optional(z.boolean()),
  zone: z._default(z.nullable(zone), null),
  config: z.prefault(config, {}),
});

const port = z
  .number()
  .check(
    must(one =>
      Number.isInteger(one) && one >= 1 && one <= 65535 ? undefined : `${one} is no port (1 to 65535)`,
    ),
  );

const forwardPort = z.strictObject({
  protocol: z._default(z.enum(['tcp', 'udp']), 'tcp'),
  hostPort: port,
  /** null: the same as on the host */
  containerPort: z._default(z.nullable(port), null),
});

const interfaces = z._default(z.array(z.string().check(must(notAnInterfacePair))), []);

const shape = z.strictObject({
  veth: z.prefault(veth, {}),
  forwardPorts: z._default(z.array(forwardPort), []),
  bridge: z._default(z.nullable(z.string().check(must(notAnInterface))), null),
  macvlan: interfaces,
  ipvlan: interfaces,
  interfaces,
  host: z._default(z.boolean(), false),
});

type Given = z.infer<typeof shape>;
type Complaint = { path: PropertyKey[]; message: string };

/** How a container is connected. */
export const network = z.pipe(
  z.prefault(shape, {}).check(
    mustHold<Given>(function* (given) {
      yield* given.host ? beside(given) : withoutVeth(given);
      yield* togetherWithVeth(given);
      yield* twice(given);
    }),
  ),
  z.transform(given => ({
    ...given,
    veth: { ...given.veth, enable: given.veth.enable ?? !given.host },
    forwardPorts: given.forwardPorts.map(one => ({
      ...one,
      containerPort: one.containerPort ?? one.hostPort,
    })),
  })),
);

/** Nothing of a network of its own goes with the host's. */
function* beside({ veth, ...given }: Given): Iterable<Complaint> {
  const message = "cannot be combined with network.host, which shares the host's network";
  if (veth.enable === true) yield { path: ['veth', 'enable'], message };
  if (veth.zone !== null) yield { path: ['veth', 'zone'], message };
  if (veth.config.host !== null) yield { path: ['veth', 'config', 'host'], message };
  if (given.bridge !== null) yield { path: ['bridge'], message };
  for (const key of ['forwardPorts', 'macvlan', 'ipvlan', 'interfaces'] as const) {
    if (given[key].length > 0) yield { path: [key], message };
  }
}

function* withoutVeth({ veth, ...given }: Given): Iterable<Complaint> {
  if (veth.enable !== false) return;
  const message = 'needs network.veth.enable';
  if (veth.zone !== null) yield { path: ['veth', 'zone'], message };
  if (veth.config.host !== null) yield { path: ['veth', 'config', 'host'], message };
  if (given.bridge !== null) yield { path: ['bridge'], message };
  const others = given.macvlan.length + given.ipvlan.length + given.interfaces.length;
  if (given.forwardPorts.length > 0 && others === 0) yield { path: ['forwardPorts'], message };
}

/** The host's end is a port of a bridge, which is somebody else's, or the zone's. */
function* togetherWithVeth({ veth, bridge }: Given): Iterable<Complaint> {
  if (bridge === null) return;
  if (veth.zone !== null) yield { path: ['bridge'], message: 'cannot be combined with network.veth.zone' };
  if (veth.config.host !== null) {
    yield {
      path: ['veth', 'config', 'host'],
      message: 'cannot be combined with network.bridge, whose own configuration decides',
    };
  }
}

function* twice({ forwardPorts, macvlan, ipvlan, interfaces }: Given): Iterable<Complaint> {
  const ports = new Set<string>();
  for (const [at, { protocol, hostPort }] of forwardPorts.entries()) {
    const port = `${protocol} port ${hostPort}`;
    if (ports.has(port))
      yield { path: ['forwardPorts', at, 'hostPort'], message: `${port} is forwarded already` };
    ports.add(port);
  }
  for (const [key, names] of Object.entries({ macvlan, ipvlan, interfaces })) {
    for (const [at, name] of names.entries()) {
      if (names.indexOf(name) < at) yield { path: [key, at], message: `${quoted(name)} is given twice` };
    }
  }
}
