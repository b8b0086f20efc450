import type { Logger } from 'pino';
import type { Declarations } from '../adapters/declarations.ts';
import { messageOf, NspawndError } from '../model/errors.ts';
import { DECLARATIONS } from '../model/paths.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import type { Views } from '../reconcile/views.ts';
import type { Operations } from '../service/operations.ts';
import { readSettings } from './settings.ts';
import { VERSION } from './version.ts';

export interface Parts {
  readonly reconciler: Reconciler;
  readonly views: Views;
  readonly declarations: Declarations;
  readonly log: Logger;
}

/** What the D-Bus objects do, in terms of the daemon's parts. */
export function operationsOf({ reconciler, views, declarations, log }: Parts): Operations {
  return {
    version: VERSION,
    managerState() {
      if (reconciler.lastReconcile === 0n) return 'starting';
      return [...views.all.values()].some(isBad) ? 'degraded' : 'running';
    },
    lastReconcileTimestamp: () => reconciler.lastReconcile,
    views: () => views.all,
    plan: () => reconciler.plan(),
    async reload() {
      if (declarations.acceptAbsence())
        log.warn({ action: 'reload' }, `${DECLARATIONS} does not exist: nothing is declared any more`);
      const rejected = [...applySettings(), ...rejectedDeclarations(declarations)];
      reconciler.enqueueAll();
      await reconciler.rendered();
      if (rejected.length > 0) throw new NspawndError('InvalidDeclaration', rejected.join('\n'));
    },
    start: name => reconciler.request(name, 'start'),
    stop: name => reconciler.request(name, 'stop'),
    restart: name => reconciler.request(name, 'restart'),
    async waitSettled(name, timeoutUSec) {
      const view = await reconciler.settled(name, Number(timeoutUSec / 1000n));
      if (view !== undefined) return { state: view.state, reason: view.reason };
      return worst(views);
    },
  };

  /** Bad settings change nothing; the sentences that say so. */
  function applySettings(): string[] {
    try {
      const settings = readSettings();
      log.level = settings.logLevel;
      reconciler.jobs.setParallel(settings.parallel);
      return [];
    } catch (error) {
      log.error({ err: error, action: 'reload' }, messageOf(error));
      return [messageOf(error)];
    }
  }
}

/** The sentence that says why, for each declaration that is rejected. */
function rejectedDeclarations(declarations: Declarations): string[] {
  return declarations.names().flatMap(name => {
    const declared = declarations.read(name);
    return declared.kind === 'invalid' ? [declared.reason] : [];
  });
}

/** For all containers at once: the state of the worst, and how many share it. */
function worst(views: Views): { state: string; reason: string } {
  const bad = [...views.all.values()].filter(isBad);
  const first = bad[0];
  if (first === undefined) return { state: 'running', reason: `${views.all.size} containers settled` };
  return { state: first.state, reason: bad.map(view => `${view.name}: ${view.reason}`).join('; ') };
}

function isBad({ state }: { state: string }): boolean {
  return state === 'failed' || state === 'rolled-back' || state === 'invalid' || state === 'degraded';
}
