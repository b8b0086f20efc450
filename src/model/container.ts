/** The states of a container as administrators see them; the words are part of the D-Bus contract. */
export type ContainerState =
  | 'stopped'
  | 'starting'
  | 'running'
  | 'updating'
  | 'degraded'
  | 'rolled-back'
  | 'failed'
  | 'waiting'
  | 'invalid'
  | 'held';

export type UpdateResult = 'done' | 'rolled-back' | 'failed' | 'superseded';

/**
 * What is known of one container, as published on D-Bus. Systems are store paths, '' where there is none.
 * A value of this type is never changed in place: a change is a new value.
 */
export interface ContainerView {
  readonly name: string;
  readonly state: ContainerState;
  /** One sentence, for people. */
  readonly reason: string;
  /** `systemd-nspawn@NAME.service` */
  readonly unit: string;
  /** Object path of the machine in machined, '/' when there is none. */
  readonly machine: string;
  /** `path` of the declaration; '' while no valid declaration was ever read. */
  readonly profile: string;
  /** What the profile points to now. */
  readonly desired: string;
  /** What the machine was started from. */
  readonly booted: string;
  /** What the machine runs now: `booted`, or what was switched to live. */
  readonly running: string;
  /** The system that was last found healthy, and is returned to. */
  readonly lastGood: string;
  /** Systems that were tried, found bad, and are not tried again by themselves. */
  readonly quarantined: readonly string[];
  /** Kept as it is, by Hold or Rollback. */
  readonly held: boolean;
  /** The guest's own word: `running`, `degraded`, … (systemctl(1), is-system-running); '' while it is not heard. */
  readonly guestState: string;
  /** The guest's failed units, at most 100. */
  readonly failedUnits: readonly string[];
  /** The last lines of what failed, when something did: at most 40 of at most 256 characters. */
  readonly evidence: readonly string[];
  /** What is dangerous about it on this host, a sentence each; see hazards.ts. */
  readonly hazards: readonly string[];
  readonly strategy: string;
  readonly autoStart: boolean;
  /** End of the last update or start by us, µs since the epoch; 0n: none yet. */
  readonly updatedTimestamp: bigint;
  /** How long that took, µs. */
  readonly updateUSec: bigint;
  /** Last change of `state`, µs since the epoch. */
  readonly stateTimestamp: bigint;
}

/** One line of a plan: what a reconcile would do now to a container, and why. */
export interface PlannedStep {
  readonly name: string;
  readonly action: string;
  readonly why: string;
}
