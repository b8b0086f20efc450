import { sanitize, shortened } from './text.ts';

/**
 * An error that a caller of the daemon may see: `code` is one of the D-Bus error names of the contract,
 * the message says what could not be done, to which object, and why. The reason is kept as `cause`.
 */
export class NspawndError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NspawndError';
    this.code = code;
  }
}

/** Our own errors are `org.nixos.nspawn1.Error.X`, the others `org.freedesktop.DBus.Error.X`. */
export type ErrorCode =
  | 'NoSuchContainer'
  | 'InvalidDeclaration'
  | 'NotRunning'
  | 'Busy'
  | 'NoLastGood'
  | 'Failed'
  | 'Timeout'
  | 'AccessDenied'
  | 'InvalidArgs'
  | 'NotSupported';

/**
 * The message of anything thrown, with the messages of its causes: `cannot write X: ENOSPC: no space left`. Fit to be
 * shown, and bounded: the system's own messages have paths in them as they are. Several lines stay several.
 */
export function messageOf(thrown: unknown): string {
  return shortened(wholeMessage(thrown), MAX_LENGTH).split('\n').map(sanitize).join('\n');
}

function wholeMessage(thrown: unknown, depth = 0): string {
  if (!(thrown instanceof Error)) return String(thrown);
  // The system's message ends in the path, which may have any character in it.
  const message = 'syscall' in thrown ? sanitize(thrown.message) : thrown.message;
  if (thrown.cause === undefined || depth === MAX_CAUSES) return message;
  return `${message}: ${wholeMessage(thrown.cause, depth + 1)}`;
}

/** Of a reload that rejects many files; a single sentence is far shorter. */
const MAX_LENGTH = 65_536;
const MAX_CAUSES = 10;
