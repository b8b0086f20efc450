import type { ContainerView } from '../model/container.ts';
import { assertStorePath } from '../model/store-path.ts';
import type { Interface, Operation } from './declaration.ts';
import type { Operations } from './operations.ts';

export const CONTAINER_INTERFACE: Interface<ContainerView> = {
  name: 'org.nixos.nspawn1.Container',
  doc: 'One declared container. Systems are store paths, empty where there is none.',
  methods: {
    Start: change(
      'Starts the machine; returns when it is ready and its health was looked at, or the error says what was found bad.',
      (operations, name) => operations.start(name),
    ),
    Stop: change(
      'Stops the machine; returns when it is gone. It stays stopped until started.',
      (operations, name) => operations.stop(name),
    ),
    Restart: change(
      'Stops the machine and starts it with the desired system; returns as Start does.',
      (operations, name) => operations.restart(name),
    ),
    Retry: change(
      'Ends the quarantine and tries the desired system again; returns when it is found good, or the error says why it is not.',
      (operations, name) => operations.retry(name),
    ),
    Rollback: {
      doc: 'Brings the machine to an earlier system and holds it there; returns as Start does. The profile is not moved.',
      in: [
        [
          'system',
          's',
          'The store path of the system; empty for the one that was good last, other than the desired one.',
        ],
      ],
      out: [],
      check: ([system]: [string]) => {
        if (system !== '') assertStorePath(system);
      },
      changes: (_args, view) => view.name,
      call: (operations, [system]: [string], view) => operations.rollback(view.name, system),
    },
    Hold: change(
      'Keeps the container on its present system and units, whatever its profile and declaration say, until Unhold.',
      (operations, name) => operations.hold(name),
    ),
    Unhold: change(
      'Lets the container follow its profile and declaration again; what they ask for is queued, not awaited.',
      (operations, name) => operations.unhold(name),
    ),
  },
  signals: {},
  properties: {
    Name: {
      doc: 'Name of the container and of its machine.',
      type: 's',
      emits: 'const',
      get: view => view.name,
    },
    State: {
      doc: 'One of stopped, starting, running, updating, degraded, rolled-back, failed, waiting, invalid, held.',
      type: 's',
      emits: 'true',
      get: view => view.state,
    },
    Reason: {
      doc: 'Why it is in this state: one sentence for people.',
      type: 's',
      emits: 'true',
      get: view => view.reason,
    },
    Unit: {
      doc: 'The unit that runs the machine.',
      type: 's',
      emits: 'const',
      get: view => view.unit,
    },
    Machine: {
      doc: 'Object path of the machine in systemd-machined, / when it does not run.',
      type: 'o',
      emits: 'true',
      get: view => view.machine,
    },
    Profile: {
      doc: 'The path in the declaration; empty while no valid declaration was read.',
      type: 's',
      emits: 'true',
      get: view => view.profile,
    },
    Desired: {
      doc: 'The system that the profile points to now.',
      type: 's',
      emits: 'true',
      get: view => view.desired,
    },
    Booted: {
      doc: 'The system that the machine was started from.',
      type: 's',
      emits: 'true',
      get: view => view.booted,
    },
    Running: {
      doc: 'The system that the machine runs: the booted one, or the one it was switched to.',
      type: 's',
      emits: 'true',
      get: view => view.running,
    },
    LastGood: {
      doc: 'The system that was found healthy last, and is returned to when another fails.',
      type: 's',
      emits: 'true',
      get: view => view.lastGood,
    },
    Quarantined: {
      doc: 'Systems that were tried with the present units and found bad. They are not tried again until the profile points to another system, the units change, or Retry is called.',
      type: 'as',
      emits: 'true',
      get: view => view.quarantined,
    },
    Held: {
      doc: 'Whether it is kept as it is, by Hold or Rollback.',
      type: 'b',
      emits: 'true',
      get: view => view.held,
    },
    GuestState: {
      doc: 'What the guest says of itself: running, degraded and so on, see is-system-running in systemctl(1); empty while it is not heard.',
      type: 's',
      emits: 'true',
      get: view => view.guestState,
    },
    FailedUnits: {
      doc: 'The units of the guest that have failed; at most 100.',
      type: 'as',
      emits: 'true',
      get: view => view.failedUnits,
    },
    Evidence: {
      doc: 'The last lines of what failed, when a system was found bad: of its failed units, the probe, switch-to-configuration or the console. At most 40 lines of at most 256 characters.',
      type: 'as',
      emits: 'true',
      get: view => view.evidence,
    },
    Hazards: {
      doc: 'What is dangerous about the container on this host, though its declaration is valid: a sentence each, as it was when last looked at.',
      type: 'as',
      emits: 'true',
      get: view => view.hazards,
    },
    Strategy: {
      doc: 'How a new system is activated: restart, reload, dynamic or none.',
      type: 's',
      emits: 'true',
      get: view => view.strategy,
    },
    AutoStart: {
      doc: 'Whether the machine is started with the host.',
      type: 'b',
      emits: 'true',
      get: view => view.autoStart,
    },
    UpdatedTimestamp: {
      doc: 'When the last update or start by nspawnd ended, in microseconds since the epoch; 0 for never.',
      type: 't',
      emits: 'true',
      get: view => view.updatedTimestamp,
    },
    UpdateUSec: {
      doc: 'How long that took, in microseconds.',
      type: 't',
      emits: 'true',
      get: view => view.updateUSec,
    },
    StateTimestamp: {
      doc: 'When State changed last, in microseconds since the epoch.',
      type: 't',
      emits: 'true',
      get: view => view.stateTimestamp,
    },
  },
};

function change(
  doc: string,
  run: (operations: Operations, name: string) => Promise<void>,
): Operation<ContainerView> {
  return {
    doc,
    in: [],
    out: [],
    changes: (_args, view) => view.name,
    call: (operations, _args, view) => run(operations, view.name),
  };
}
