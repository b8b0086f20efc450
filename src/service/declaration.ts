import type { Caller } from './long-calls.ts';
import type { Operations } from './operations.ts';

/** Name, D-Bus type and meaning of an argument. */
export type Argument = readonly [name: string, type: string, doc: string];

/**
 * A D-Bus interface, declared once: what is served, the introspection data and its documentation all come from
 * it. `State` is what its properties are read from.
 */
export interface Interface<State> {
  readonly name: string;
  readonly doc: string;
  readonly methods: Readonly<Record<string, Method<State>>>;
  readonly signals: Readonly<Record<string, SignalDeclaration>>;
  readonly properties: Readonly<Record<string, Property<State>>>;
}

interface Described {
  readonly doc: string;
  readonly in: readonly Argument[];
  readonly out: readonly Argument[];
  /** Throws `InvalidArgs` for arguments that can't mean anything, before anything else is done with them. */
  readonly check?: (args: never) => void;
}

/** A method that tells what is there at once, and changes nothing. */
export interface Query<State> extends Described {
  /** `args` have the types that `in` says. Gives the values of `out`, or the whole body's bytes. */
  readonly answer: (operations: Operations, args: never, state: State) => readonly unknown[] | Buffer;
}

/** A method that may take its time: how many there are at once is bounded, and their callers may leave meanwhile. */
export interface Operation<State> extends Described {
  /**
   * Set for methods that change something: only administrators may call them. Gives the container that it is
   * about, '' for none, which authorization rules may look at.
   */
  readonly changes?: (args: readonly unknown[], state: State) => string;
  /** As `answer`; nothing when there are no values of `out`. */
  readonly call: (operations: Operations, args: never, state: State, caller: Caller) => Promise<Result>;
}

// biome-ignore lint/suspicious/noConfusingVoidType: an operation without a result is a method without one
type Result = readonly unknown[] | Buffer | void;

export type Method<State> = Query<State> | Operation<State>;

export interface SignalDeclaration {
  readonly doc: string;
  readonly args: readonly Argument[];
}

export interface Property<State> {
  readonly doc: string;
  readonly type: string;
  /** The annotation EmitsChangedSignal of the D-Bus specification. */
  readonly emits: 'true' | 'const' | 'false';
  readonly get: (state: State) => unknown;
}

/** An object on the bus: its one interface of ours, and the state that belongs to it. */
export interface ServedObject {
  readonly path: string;
  readonly declaration: Interface<unknown>;
  readonly state: object;
}

export function served<State extends object>(
  path: string,
  declaration: Interface<State>,
  state: State,
): ServedObject {
  return { path, declaration: declaration as Interface<unknown>, state };
}

export function signatureOf(args: readonly Argument[]): string {
  return args.map(([, type]) => type).join('');
}
