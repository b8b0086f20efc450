import { BusError, standardError } from '../adapters/bus/bus.ts';
import { type ErrorCode, messageOf, NspawndError } from '../model/errors.ts';

const OURS: ReadonlySet<ErrorCode> = new Set([
  'NoSuchContainer',
  'InvalidDeclaration',
  'NotRunning',
  'Busy',
  'NoLastGood',
]);

/** The D-Bus error name of a code, see org.nixos.nspawn1(5). */
export function errorName(code: ErrorCode): string {
  return OURS.has(code) ? `org.nixos.nspawn1.Error.${code}` : standardError(code);
}

/** What a caller is told of an error of ours. What is no NspawndError stays as it is: `Bus.replyError` logs it. */
export function toBusError(error: unknown): unknown {
  if (!(error instanceof NspawndError)) return error;
  return new BusError(errorName(error.code), messageOf(error), { cause: error });
}
