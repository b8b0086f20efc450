import type { ContainerView, PlannedStep, UpdateResult } from '../model/container.ts';

/**
 * What the D-Bus objects need from the daemon's core. Every method throws `NspawndError` with a code of the
 * contract; they do no authorization, which is the dispatcher's.
 */
export interface Operations {
  readonly version: string;
  /** `starting` until the first reconcile is done; `degraded` while any container has failed (model/verdict.ts), or settings or a file were refused. */
  managerState(): 'starting' | 'running' | 'degraded';
  /** How many containers are failed, rolled-back or invalid. */
  countFailed(): number;
  /** Settings and files that were refused, a sentence each; the same list for as long as it says the same. */
  problems(): readonly string[];
  /** µs since the epoch; 0n before the first reconcile. */
  lastReconcileTimestamp(): bigint;
  /** All containers, by name. */
  views(): ReadonlyMap<string, ContainerView>;
  /** Those who ask at the same time may share one. */
  plan(): Promise<readonly PlannedStep[]>;
  reload(): Promise<void>;
  start(name: string): Promise<void>;
  stop(name: string): Promise<void>;
  restart(name: string): Promise<void>;
  /** Forgets that the desired system failed, and tries it again; resolves when that is done. */
  retry(name: string): Promise<void>;
  /** Brings a container to a system (`''`: the last good one that isn't desired) and holds it there; `NoLastGood` when there is none. */
  rollback(name: string, system: string): Promise<void>;
  /** Keeps a container as it is, whatever its profile and declaration say. */
  hold(name: string): Promise<void>;
  /** Lets it follow its profile again. */
  unhold(name: string): Promise<void>;
  /** `''` waits for all containers. Resolves once no update is queued or under way, throws `Timeout`. `signal`: nobody waits any more. */
  waitSettled(
    name: string,
    timeoutUSec: bigint,
    signal: AbortSignal,
  ): Promise<{ state: string; reason: string }>;
}

/** What the core tells the D-Bus service; called synchronously, must not throw. */
export interface Publisher {
  /** A container came (`before` undefined), changed, or went (`after` undefined). */
  changed(before: ContainerView | undefined, after: ContainerView | undefined): void;
  /** A property of the manager may have changed: replies are kept until this is called. */
  managerChanged(): void;
  updateStarted(name: string, from: string, to: string, strategy: string): void;
  updateFinished(name: string, from: string, to: string, result: UpdateResult): void;
}
