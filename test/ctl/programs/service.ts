/**
 * The D-Bus service with made-up containers, for tests of nspawnctl on a host: `node service.ts DIRECTORY`. What
 * happens to a container is in its name.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Bus } from '../../../src/adapters/bus/bus.ts';
import type { ContainerState, ContainerView } from '../../../src/model/container.ts';
import { NspawndError } from '../../../src/model/errors.ts';
import { BUS_NAME, serveNspawn1 } from '../../../src/service/nspawn1.ts';
import { fakeOperations, viewOf } from '../../service/operations.ts';

const [, , directory = '.'] = process.argv;
const views = new Map<string, ContainerView>();
const add = (name: string, state: ContainerState, reason: string, more: Partial<ContainerView> = {}) =>
  views.set(name, viewOf(name, { state, reason, ...more }));
add('good', 'running', 'runs the desired system');
add('rolled', 'rolled-back', 'the probe failed \x1b[31m', {
  ...{ desired: '/nix/store/2-system', quarantined: ['/nix/store/1-system', '/nix/store/2-system'] },
  ...{ held: true, guestState: 'degraded', failedUnits: ['a.service', 'b\x1b.service'] },
});
add('late', 'updating', 'the profile points to another system', { lastGood: '/nix/store/9-system' });
add('fatal', 'running', 'kills the daemon once when it is waited for');
add('busy', 'updating', 'first reason');

const bus = await Bus.connect();
const publisher = serveNspawn1(bus, {
  ...fakeOperations(views),
  plan: async () =>
    existsSync(`${directory}/planned`)
      ? []
      : [{ name: 'late', action: 'restart', why: 'profile moved from 1 to 2' }],
  async reload() {
    const files = ['a.json: path: required', 'b.json: foo: unknown key'];
    throw new NspawndError('InvalidDeclaration', files.join('\n'));
  },
  async start(name) {
    viewNamed(name);
    if (name === 'rolled') throw new NspawndError('Failed', `cannot start "${name}": the guest died`);
    if (name === 'late') await new Promise(() => undefined);
  },
  async restart(name) {
    publisher.updateStarted(name, '/nix/store/old', '/nix/store/new', 'restart');
    change(name, { state: 'running', reason: 'changed' });
    publisher.updateFinished(name, '/nix/store/old', '/nix/store/new', 'done');
  },
  retry: async name => void change(name, { updateUSec: 42n }),
  hold: async name => void change(name, { held: true }),
  unhold: async name => void change(name, { held: false }),
  async rollback(name, system) {
    if (system === '') throw new NspawndError('NoLastGood', `cannot roll "${name}" back: none was ever good`);
    change(name, { running: system });
  },
  async waitSettled(name, timeoutUSec) {
    if (name === 'late') {
      await delay(Number(timeoutUSec / 1000n));
      throw new NspawndError('Timeout', `"${name}" has not settled`);
    }
    if (name === 'fatal') dieOnce();
    if (name === 'busy') {
      change(name, { reason: 'second reason' });
      await delay(100);
      change(name, { state: 'running', reason: 'third reason' });
    }
    return name === '' ? viewOf(name) : viewNamed(name);
  },
});
await bus.requestName(BUS_NAME);
await bus.lost;
process.exit(1);

function dieOnce(): void {
  const mark = `${directory}/died`;
  if (existsSync(mark)) return;
  writeFileSync(mark, '');
  process.exit(1);
}

function viewNamed(name: string): ContainerView {
  const view = views.get(name);
  if (view === undefined) throw new NspawndError('NoSuchContainer', `no container "${name}"`);
  return view;
}

function change(name: string, changes: Partial<ContainerView>): void {
  const before = viewNamed(name);
  const after = viewOf(name, { ...before, ...changes });
  views.set(name, after);
  publisher.changed(before, after);
}
