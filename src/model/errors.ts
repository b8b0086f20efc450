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

/** The message of anything thrown, with the messages of its causes: `cannot write X: ENOSPC: no space left`. */
export function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause === undefined ? thrown.message : `${thrown.message}: ${messageOf(thrown.cause)}`;
}
