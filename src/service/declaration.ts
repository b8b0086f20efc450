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

export interface Method<State> {
  readonly doc: string;
  readonly in: readonly Argument[];
  readonly out: readonly Argument[];
  /**
   * Set for methods that change something: only administrators may call them. Gives the container that it is
   * about, '' for none, which authorization rules may look at.
   */
  readonly changes?: (args: readonly unknown[], state: State) => string;
  /** `args` have the types that `in` says. Gives the values of `out`, or nothing when there are none. */
  readonly call: (operations: Operations, args: never, state: State) => Result | Promise<Result>;
}

// biome-ignore lint/suspicious/noConfusingVoidType: an operation without a result is a method without one
type Result = readonly unknown[] | void;

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
  readonly state: unknown;
}

export function served<State>(path: string, declaration: Interface<State>, state: State): ServedObject {
  return { path, declaration: declaration as Interface<unknown>, state };
}

export function signatureOf(args: readonly Argument[]): string {
  return args.map(([, type]) => type).join('');
}
