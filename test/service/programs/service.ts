/**
 * The D-Bus service with made-up operations, for tests on a host: `node service.ts`. Says `ready` when the name
 * is taken and what its operations were asked for, a line each.
 */
import { Bus } from '../../../src/adapters/bus/bus.ts';
import type { ContainerView } from '../../../src/model/container.ts';
import { NspawndError } from '../../../src/model/errors.ts';
import { BUS_NAME, serveNspawn1 } from '../../../src/service/nspawn1.ts';
import type { Operations, Publisher } from '../../../src/service/operations.ts';
import { fakeOperations, viewOf } from '../operations.ts';

let waiting = 0;
const views = new Map<string, ContainerView>();
const count = Number(process.argv[2] ?? 2);
for (let index = 0; index < count; index++) views.set(`web${index}`, viewOf(`web${index}`));
views.set('web1', viewOf('web1', { held: true, failedUnits: ['a.service', 'b.service'] }));

const bus = await Bus.connect();
const publisher: Publisher = serveNspawn1(bus, operations());
await bus.requestName(BUS_NAME);
console.log('ready');
console.log(`lost: ${(await bus.lost).message}`);
process.exit(1);

function operations(): Operations {
  return {
    ...fakeOperations(views),
    async start(name) {
      console.log(`start ${name}`);
      change(name, { state: 'starting' });
      change(name, { state: 'running' });
    },
    async stop(name) {
      if (views.get(name)?.state === 'stopped')
        throw new NspawndError('NotRunning', `cannot stop container "${name}": it is stopped`);
      change(name, { state: 'stopped' });
    },
    async restart(name) {
      publisher.updateStarted(name, '/nix/store/old', '/nix/store/new', 'restart');
      change(name, { running: '/nix/store/new' });
      publisher.updateFinished(name, '/nix/store/old', '/nix/store/new', 'done');
    },
    retry: async name => console.log(`retry ${name}`),
    async rollback(name, system) {
      if (name === 'web0' && system === '') {
        const why = 'no system of it was ever found good';
        throw new NspawndError('NoLastGood', `cannot roll "${name}" back: ${why}`);
      }
      console.log(`rollback ${name} to ${system || 'the last good one'}`);
    },
    hold: async name => console.log(`hold ${name}`),
    unhold: async name => console.log(`unhold ${name}`),
    /** One comes, one goes. */
    async reload() {
      change('web0', undefined);
      views.set('added', viewOf('added'));
      publisher.changed(undefined, views.get('added'));
    },
    async plan() {
      throw new TypeError('a mistake of ours');
    },
    /** Waits for ever, but not longer than its caller. */
    waitSettled: (_name, _timeout, signal) => {
      waiting++;
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener('abort', () => {
        console.log(`waiting: ${--waiting}`);
        reject(signal.reason);
      });
      return promise;
    },
  };
}

function change(name: string, changes: Partial<ContainerView> | undefined): void {
  const before = views.get(name);
  if (!before)
    throw new NspawndError('NoSuchContainer', `cannot find container "${name}": it is not declared`);
  const after = changes && { ...before, ...changes };
  if (after) views.set(name, after);
  else views.delete(name);
  publisher.changed(before, after);
}
