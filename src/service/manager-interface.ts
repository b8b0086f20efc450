import { encode } from '../adapters/bus/bus.ts';
import type { PlannedStep } from '../model/container.ts';
import { NspawndError } from '../model/errors.ts';
import { assertMachineName } from '../model/name.ts';
import { containerPath } from '../model/object-path.ts';
import { assertStorePath } from '../model/store-path.ts';
import type { Interface, Operation } from './declaration.ts';
import { EncodedViews } from './encoded-views.ts';
import type { Operations } from './operations.ts';

const rows = new EncodedViews('ssssso', view => [
  ...[view.name, view.state, view.reason, view.desired, view.running],
  containerPath(view.name),
]);

/** Those who share a plan share its bytes. */
const encodedPlans = new WeakMap<readonly PlannedStep[], Buffer>();

export const MANAGER_INTERFACE: Interface<Operations> = {
  name: 'org.nixos.nspawn1.Manager',
  doc: 'Reconciles the declared containers with their profiles.',
  methods: {
    ListContainers: {
      doc: 'All containers, also those whose declaration is invalid.',
      in: [],
      out: [['containers', 'a(ssssso)', 'Name, state, reason, desired system, running system, object path.']],
      answer: operations => rows.body(operations.views().values()),
    },
    GetContainer: {
      doc: 'Finds the object of a container.',
      in: [['name', 's', 'Name of the container.']],
      out: [['object', 'o', 'Its object path.']],
      check: checkName,
      answer: (operations, [name]: [string]) => {
        if (operations.views().has(name)) return [containerPath(name)];
        throw new NspawndError('NoSuchContainer', `cannot find container "${name}": it is not declared`);
      },
    },
    Plan: {
      doc: 'Tells what a reconcile would do now; changes nothing.',
      in: [],
      out: [['steps', 'a(sss)', 'Name of the container, action, why.']],
      call: async operations => {
        const steps = await operations.plan();
        const known = encodedPlans.get(steps);
        if (known !== undefined) return known;
        const body = encode('a(sss)', [steps.map(({ name, action, why }) => [name, action, why])]);
        encodedPlans.set(steps, body);
        return body;
      },
    },
    Reload: {
      doc: 'Reads settings and declarations again. Returns when they are rendered and queued; the error names every rejected file.',
      in: [],
      out: [],
      changes: () => '',
      call: operations => operations.reload(),
    },
    Start: change(
      'Starts a machine; returns when it is ready and its health was looked at, or the error says what was found bad.',
      (operations, name) => operations.start(name),
    ),
    Stop: change(
      'Stops a machine; returns when it is gone. It stays stopped until started.',
      (operations, name) => operations.stop(name),
    ),
    Restart: change(
      'Stops a machine and starts it with the desired system; returns as Start does.',
      (operations, name) => operations.restart(name),
    ),
    Retry: change(
      'Ends the quarantine of the desired system and tries it again; returns when it is found good, or the error says why it is not.',
      (operations, name) => operations.retry(name),
    ),
    Rollback: {
      doc: 'Brings a machine to an earlier system and holds it there; returns as Start does. The profile is not moved.',
      in: [
        ['name', 's', 'Name of the container.'],
        [
          'system',
          's',
          'The store path of the system; empty for the one that was good last, other than the desired one.',
        ],
      ],
      out: [],
      check: ([name, system]: [string, string]) => {
        assertMachineName(name);
        if (system !== '') assertStorePath(system);
      },
      changes: ([name]) => String(name),
      call: (operations, [name, system]: [string, string]) => operations.rollback(name, system),
    },
    Hold: change(
      'Keeps a container on its present system and units, whatever its profile and declaration say, until Unhold.',
      (operations, name) => operations.hold(name),
    ),
    Unhold: change(
      'Lets a container follow its profile and declaration again; what they ask for is queued, not awaited.',
      (operations, name) => operations.unhold(name),
    ),
    WaitSettled: {
      doc: 'Returns once no update is queued or under way. What failed for something on the host is awaited once more.',
      in: [
        ['name', 's', 'Name of the container; empty for all.'],
        ['timeout_usec', 't', 'How long to wait at most, in microseconds.'],
      ],
      out: [
        [
          'state',
          's',
          'State of the container; of all, the worst of failed, rolled-back, invalid and waiting, else running.',
        ],
        ['reason', 's', 'Why it is in this state.'],
      ],
      check: ([name]: [string]) => {
        if (name !== '') assertMachineName(name);
      },
      call: async (operations, [name, timeoutUSec]: [string, bigint], _state, { signal }) => {
        const { state, reason } = await operations.waitSettled(name, timeoutUSec, signal);
        return [state, reason];
      },
    },
  },
  signals: {
    UpdateStarted: {
      doc: 'A machine is being brought to another system; a start of one that was down is no update.',
      args: [
        ['name', 's', 'Name of the container.'],
        ['from', 's', 'The system it runs; empty when it does not run.'],
        ['to', 's', 'The system that was asked for.'],
        ['strategy', 's', 'How: restart, reload, dynamic or none.'],
      ],
    },
    UpdateFinished: {
      doc: 'The update is over, well or not.',
      args: [
        ['name', 's', 'Name of the container.'],
        ['from', 's', 'The system it ran before; empty when it did not run.'],
        ['to', 's', 'The system that was asked for.'],
        ['result', 's', 'One of done, rolled-back, failed, superseded.'],
      ],
    },
  },
  properties: {
    Version: {
      doc: 'Version of nspawnd.',
      type: 's',
      emits: 'const',
      get: operations => operations.version,
    },
    State: {
      doc: 'starting until the first reconcile is done; degraded while any container is failed, rolled-back or invalid, or Problems is not empty; else running.',
      type: 's',
      emits: 'true',
      get: operations => operations.managerState(),
    },
    Problems: {
      doc: 'Settings and files that were refused, one sentence each: a file that cannot be read, a name that is no machine name, an invalid declaration.',
      type: 'as',
      emits: 'true',
      get: operations => operations.problems(),
    },
    NContainers: {
      doc: 'How many containers are declared.',
      type: 'u',
      emits: 'true',
      get: operations => operations.views().size,
    },
    NFailed: {
      doc: 'How many of them are failed, rolled-back or invalid.',
      type: 'u',
      emits: 'true',
      get: operations => operations.countFailed(),
    },
    LastReconcileTimestamp: {
      doc: 'When anything was reconciled last, in microseconds since the epoch; 0 for never.',
      type: 't',
      // It changes whenever anything is looked at, whether anything changed or not.
      emits: 'false',
      get: operations => operations.lastReconcileTimestamp(),
    },
  },
};

function checkName([name]: [string]): void {
  assertMachineName(name);
}

function change(
  doc: string,
  run: (operations: Operations, name: string) => Promise<void>,
): Operation<Operations> {
  return {
    doc,
    in: [['name', 's', 'Name of the container.']],
    out: [],
    check: checkName,
    changes: ([name]) => String(name),
    call: (operations, [name]: [string]) => run(operations, name),
  };
}
