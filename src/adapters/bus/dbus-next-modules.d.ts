// The inner modules of dbus-next 0.10.2 (pinned) that dbus-next.ts uses; the package types only its outside.

declare module 'dbus-next/lib/dbus-buffer.js' {
  /** `read` gives arrays for structs, arrays and dict entries, and `[types, [value]]` for variants. */
  export default class DBusBuffer {
    constructor(
      buffer: Buffer,
      startPos: number,
      endian: number,
      fds: undefined,
      options: { ayBuffer: boolean },
    );
    readonly buffer: Buffer;
    pos: number;
    read(signature: string): unknown[];
    readSimpleType(type: string): unknown;
    /** To a multiple of 2 to that power. */
    align(power: number): void;
  }
}

declare module 'dbus-next/lib/signature.js' {
  export interface SignatureType {
    type: string;
    child: SignatureType[];
  }
  const signature: { parseSignature(signature: string): SignatureType[] };
  export default signature;
}
