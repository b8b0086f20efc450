import type { ContainerView } from '../../src/model/container.ts';
import { hasFailed } from '../../src/model/verdict.ts';
import type { Operations } from '../../src/service/operations.ts';

/** A running container. */
export function viewOf(name: string, changes: Partial<ContainerView> = {}): ContainerView {
  return {
    name,
    state: 'running',
    reason: 'Runs the desired system.',
    unit: `systemd-nspawn@${name}.service`,
    machine: `/org/freedesktop/machine1/machine/${name}`,
    profile: `/nix/var/nix/profiles/${name}`,
    desired: '/nix/store/0-system',
    booted: '/nix/store/0-system',
    running: '/nix/store/0-system',
    lastGood: '/nix/store/0-system',
    quarantined: [],
    held: false,
    guestState: 'running',
    failedUnits: [],
    evidence: [],
    hazards: [],
    strategy: 'restart',
    autoStart: true,
    updatedTimestamp: 1_700_000_000_000_000n,
    updateUSec: 1_500_000n,
    stateTimestamp: 1_700_000_000_000_001n,
    ...changes,
  };
}

/** Operations over fixed views that can do nothing. */
export function fakeOperations(views: ReadonlyMap<string, ContainerView>): Operations {
  const refuse = () => Promise.reject(new Error('not expected'));
  return {
    version: '1.2.3',
    managerState: () => 'running',
    countFailed: () => [...views.values()].filter(({ state }) => hasFailed(state)).length,
    problems: () => [],
    lastReconcileTimestamp: () => 1_700_000_000_000_002n,
    views: () => views,
    plan: refuse,
    reload: refuse,
    start: refuse,
    stop: refuse,
    restart: refuse,
    retry: refuse,
    rollback: refuse,
    hold: refuse,
    unhold: refuse,
    waitSettled: refuse,
  };
}
