/** What a call on the bus failed with: `code` is the D-Bus error name, as sent by the other side or made here. */
export class BusError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BusError';
    this.code = code;
  }
}

/** The full name of one of the errors of the D-Bus specification: `UnknownObject`, `Timeout`, … */
export function standardError(name: string): string {
  return `org.freedesktop.DBus.Error.${name}`;
}
