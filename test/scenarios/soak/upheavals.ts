import { BusError } from '../../../src/adapters/bus/bus.ts';
import type { World } from './model.ts';
import type { Random } from './random.ts';
import type { Soak } from './soak.ts';

/** Something that is done to the host as a whole. */
export interface Upheaval {
  readonly weight: number;
  run(soak: Soak, random: Random): Promise<void>;
}

const SYSTEMD = [
  'org.freedesktop.systemd1',
  '/org/freedesktop/systemd1',
  'org.freedesktop.systemd1.Manager',
] as const;

/** What no container is to notice. */
const unnoticed = (weight: number, command: string): Upheaval => ({
  weight,
  async run(soak) {
    soak.tell(command);
    await soak.host.sh(command);
  },
});

const reexecution: Upheaval = {
  weight: 1,
  async run(soak) {
    soak.tell('systemctl daemon-reexec');
    const filter = { sender: 'org.freedesktop.DBus', member: 'NameOwnerChanged' };
    using owners = await soak.host.watchSignals(filter);
    await soak.host.run(['systemctl', 'daemon-reexec']);
    await owners.next(({ body: [name, , owner] }) => name === SYSTEMD[0] && owner !== '');
    await subscribe(soak);
  },
};

const collection: Upheaval = {
  weight: 2,
  async run(soak) {
    soak.tell('nix-collect-garbage -d');
    await soak.host.run(['nix-collect-garbage', '-d']);
    soak.collected();
  },
};

const busLoss: Upheaval = {
  weight: 1,
  async run(soak) {
    const { bus } = await soak.host.bus();
    await soak.killDaemon('systemctl kill -s KILL dbus.service');
    await bus.lost;
    await soak.daemonIsBack();
    // It has gone (257), or runs on without the bus (262): an administrator has to help.
    await soak.host.run(['systemctl', 'restart', 'systemd-machined']);
  },
};

const powerCut: Upheaval = {
  weight: 0.5,
  async run(soak) {
    // Else what happened before can't be told from what the boot leads to.
    await soak.lookAtAll();
    soak.tell('power cut');
    await soak.reboot();
    soak.allHappen(booted);
  },
};

export const UPHEAVALS: readonly Upheaval[] = [
  { weight: 6, run: soak => soak.killDaemon('systemctl kill -s KILL nspawnd') },
  { weight: 2, run: soak => soak.killDaemon('systemctl restart nspawnd') },
  unnoticed(1, 'systemctl daemon-reload'),
  unnoticed(1, 'systemctl restart systemd-machined'),
  unnoticed(1, 'systemctl restart systemd-networkd'),
  unnoticed(1, 'nspawnctl reload || true'),
  ...[reexecution, collection, busLoss, powerCut],
];

function booted(world: World): World {
  return { ...world, machine: undefined, down: { kind: 'never' }, disk: undefined, burst: 0 };
}

/** A service manager that was executed anew may know no subscriber. */
async function subscribe(soak: Soak): Promise<void> {
  const { bus } = await soak.host.bus();
  try {
    await bus.call(...SYSTEMD, 'Subscribe');
  } catch (error) {
    if (!(error instanceof BusError) || !error.code.endsWith('.AlreadySubscribed')) throw error;
  }
}
