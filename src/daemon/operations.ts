import type { Logger } from 'pino';
import type { Declarations } from '../adapters/declarations.ts';
import { hasInit } from '../adapters/profiles.ts';
import { messageOf, NspawndError } from '../model/errors.ts';
import { DECLARATIONS } from '../model/paths.ts';
import { listed, quoted } from '../model/text.ts';
import { summary } from '../model/verdict.ts';
import type { Fleet } from '../reconcile/fleet.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import type { Views } from '../reconcile/views.ts';
import type { Operations } from '../service/operations.ts';
import type { Problems } from './problems.ts';
import { readSettings } from './settings.ts';
import { VERSION } from './version.ts';

export interface Parts {
  readonly reconciler: Reconciler;
  readonly views: Views;
  readonly declarations: Declarations;
  readonly fleet: Fleet;
  readonly problems: Problems;
  readonly log: Logger;
}

/** What the D-Bus objects do, in terms of the daemon's parts. */
export function operationsOf({ reconciler, views, declarations, fleet, problems, log }: Parts): Operations {
  return {
    version: VERSION,
    managerState() {
      if (reconciler.lastReconcile === 0n) return 'starting';
      return views.failed > 0 || problems.ofNoContainer.length > 0 ? 'degraded' : 'running';
    },
    countFailed: () => views.failed,
    problems: () => problems.all,
    lastReconcileTimestamp: () => reconciler.lastReconcile,
    views: () => views.all,
    plan: () => reconciler.plan(),
    async reload() {
      if (declarations.acceptAbsence())
        log.warn({ action: 'reload' }, `${DECLARATIONS} does not exist: nothing is declared any more`);
      applySettings();
      problems.look();
      const rejected = [...problems.ofNoContainer, ...rejectedDeclarations(fleet)];
      reconciler.enqueueAll();
      await reconciler.rendered();
      if (rejected.length > 0) throw new NspawndError('InvalidDeclaration', listed(rejected, '\n'));
    },
    start: name => reconciler.request(name, 'start'),
    stop: name => reconciler.request(name, 'stop'),
    restart: name => reconciler.request(name, 'restart'),
    retry: name => reconciler.request(name, 'retry'),
    async rollback(name, system) {
      if (system !== '' && !hasInit(system)) {
        throw new NspawndError(
          'InvalidArgs',
          `cannot roll ${name} back to ${quoted(system)}: it is not a system in the Nix store`,
        );
      }
      await reconciler.request(name, 'rollback', system);
    },
    hold: name => reconciler.request(name, 'hold'),
    unhold: name => reconciler.request(name, 'unhold'),
    async waitSettled(name, timeoutUSec, signal) {
      const view = await reconciler.settled(name, Number(timeoutUSec / 1000n), signal);
      if (view !== undefined) return { state: view.state, reason: view.reason };
      return summary(views.all.values());
    },
  };

  /** Bad settings change nothing. */
  function applySettings(): void {
    try {
      const settings = readSettings(log);
      log.level = settings.logLevel;
      reconciler.jobs.setLimits(settings);
    } catch (error) {
      log.error({ err: error, action: 'reload' }, messageOf(error));
    }
  }
}

/** The sentence that says why, for each declaration that is rejected. */
function rejectedDeclarations(fleet: Fleet): string[] {
  return fleet.names().flatMap(name => {
    const declared = fleet.read(name);
    return declared.kind === 'invalid' ? [declared.reason] : [];
  });
}
