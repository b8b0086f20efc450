/** Exit codes of nspawnctl: part of its contract, documented in nspawnctl(1). 69 and 77 are those of sysexits.h(3head). */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** `wait`: settled, but rolled back, failed, waiting or invalid. */
  notGood: 3,
  timedOut: 4,
  noDaemon: 69,
  notPermitted: 77,
} as const;

/**
 * An error that ends a command, or one container's part of it: `message` is for people and complete, `code` is
 * one word for programs (the last part of a D-Bus error name, or `Usage`, `NoDaemon`).
 */
export class CtlError extends Error {
  readonly exitCode: number;
  readonly code: string;

  constructor(exitCode: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CtlError';
    this.exitCode = exitCode;
    this.code = code;
  }
}

/** A command line that makes no sense; `topic` is the command whose help is pointed to. */
export function usageError(message: string, topic?: string): CtlError {
  const help = topic === undefined ? 'nspawnctl --help' : `nspawnctl ${topic} --help`;
  return new CtlError(EXIT.usage, 'Usage', `${message}; see ${help}`);
}

/** The exit code of several results: the gravest one. The codes are numbered so that this is the largest. */
export function worst(codes: readonly number[]): number {
  return Math.max(EXIT.ok, ...codes);
}
