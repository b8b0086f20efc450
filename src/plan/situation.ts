import type { Declaration } from '../model/declaration.ts';
import type { Rendered, RenderedFile } from '../render/render.ts';
import type { RootKind, Start } from './actions.ts';

/** What the declaration file says. */
export type Declared =
  | { readonly kind: 'absent' }
  | { readonly kind: 'invalid'; readonly reason: string }
  | { readonly kind: 'valid'; readonly declaration: Declaration };

/** What the profile points to. */
export type Resolved =
  | { readonly kind: 'system'; readonly system: string }
  /** `system`: what it points to, where that is not what is waited for. */
  | { readonly kind: 'waiting'; readonly reason: string; readonly system?: string };

/** A unit as PID 1 has it loaded; states as in org.freedesktop.systemd1(5). */
export interface UnitState {
  readonly active: string;
  readonly sub: string;
  /** Type of the queued or running job (`start`, `stop`, `restart`…), '' when none. */
  readonly job: string;
  /** InvocationID in hex, '' when it never ran. */
  readonly invocation: string;
  /** When it failed, and between two starts by systemd: why, in systemd's words; `success` when the guest rebooted. */
  readonly result?: string;
  /** It failed only for the guest was powered off before it was ready. */
  readonly poweredOff?: boolean;
  /** A file of it changed since PID 1 read it. */
  readonly needsReload: boolean;
}

/** What was heard of a guest's health after a start or a live switch. */
export interface Verdict {
  readonly invocation: string;
  /** What it ran when it was asked. */
  readonly system: string;
  /** Why it is not healthy, as a clause; '' when it is. */
  readonly complaint: string;
  /** `running`, `degraded`, …; '' when the guest has no system bus to ask over. */
  readonly guestState: string;
  readonly failedUnits: readonly string[];
  /** Failed units that no system could do better, and why not: unit → clause. */
  readonly excuses?: Readonly<Record<string, string>>;
  /** The last lines of what failed. */
  readonly evidence?: readonly string[];
}

/** How far a check has come that has no verdict yet. */
export interface Trial {
  readonly invocation: string;
  readonly system: string;
  /** What is said of it meanwhile. */
  readonly reason: string;
  /** Something on the host keeps the guest from being asked, and has for so long that nobody is to wait for it. */
  readonly isStuck: boolean;
}

/** A live switch of a machine that is up: from its beginning on, the machine is not what it was started with. */
export interface Switch {
  readonly invocation: string;
  readonly system: string;
  /** False until the end of the script is on record. */
  readonly finished: boolean;
}

/** A start that failed. `byHost`: for something on the host, which says nothing of what was started. */
export interface Failure extends Start {
  readonly byHost?: boolean;
}

/** What only this boot of the host needs to know; kept in /run. */
export interface MachineRecord {
  /** The invocation of the unit of which it is known what it was started with. */
  readonly started?: Start & { readonly invocation: string };
  readonly switch?: Switch;
  readonly verdict?: Verdict;
  readonly trial?: Trial;
  /** The last start failed: it is down, but nobody wanted it to be. */
  readonly failure?: Failure;
  /** When the last start or update ended, and how long it took: µs since the epoch, µs. */
  readonly updated?: { readonly timestamp: number; readonly duration: number };
  /** Why it is stopped and stays so: somebody asked us to stop it, or cancelled our start. */
  readonly stopped?: string;
}

/** A system with the units that it was, or is to be, run with. */
export interface Snapshot extends Start {
  readonly files: readonly RenderedFile[];
  /** Whether its guest had a system bus when it was found healthy; undefined: not known. */
  readonly bus?: boolean;
}

/** What was tried and found bad: not tried again by itself. */
export interface Quarantine extends Start {
  readonly reason: string;
  /** The boot of the host in which it was tried (sd_id128_get_boot(3)). */
  readonly boot: string;
  /** The last lines of what failed, as far as there were any: at most 40 of at most 256 characters. */
  readonly evidence?: readonly string[];
}

/** What must survive a reboot of the host; kept in /var/lib. */
export interface Lasting {
  /** What was last found healthy, and is returned to. */
  readonly lastGood?: Snapshot;
  /** What was so before that. */
  readonly previousGood?: Snapshot;
  readonly quarantined?: readonly Quarantine[];
  /** Kept as it is. */
  readonly hold?: Snapshot;
}

/** A rendered file as it is on disk. */
export interface FileOnDisk {
  readonly kind: RenderedFile['kind'];
  readonly path: string;
  readonly content: string | undefined;
}

/** What somebody asked for through D-Bus; a plan is made for one at a time. */
export interface Request {
  readonly kind: 'start' | 'stop' | 'restart' | 'retry' | 'rollback' | 'hold' | 'unhold';
  /** Of a rollback; '' for the last good one. */
  readonly system: string;
}

/** Everything there is to know about one name, read afresh for each run. */
export interface Situation {
  readonly name: string;
  readonly declared: Declared;
  /** Only for a valid declaration. */
  readonly resolved?: Resolved;
  /** Only for a resolved system. */
  readonly rendered?: Rendered;
  /** Undefined: PID 1 has it not loaded, so it is inactive. */
  readonly unit?: UnitState;
  readonly files: readonly FileOnDisk[];
  /** Why a file or directory that we need is somebody else's; '' when none is. */
  readonly conflict: string;
  readonly hasTemplate: boolean;
  readonly roots: Roots;
  readonly record: MachineRecord;
  readonly lasting: Lasting;
  /** This boot of the host. */
  readonly boot: string;
  /** Anything of ours is left on the host: files, template root, GC roots. */
  readonly hasTraces: boolean;
  readonly request?: Request;
}

/** The store path of each GC root, '' where there is none. */
export type Roots = Readonly<Record<RootKind, string>>;
