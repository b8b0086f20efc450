// The inner modules of dbus-next 0.10.2 (pinned) that dbus-next.ts uses; the package types only its outside.

declare module 'dbus-next/lib/dbus-buffer.js' {
  import type { SignatureType } from 'dbus-next/lib/signature.js';

  /** Calls its own methods, so that what is overridden is what is read inside of other values. */
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
    readTree(type: SignatureType): unknown;
    /** One value of each type: the whole body, a struct or a dictionary entry. */
    readStruct(types: readonly SignatureType[]): unknown[];
    readVariant(): unknown;
    /** Of so many bytes, whose length was read. */
    readArray(element: SignatureType, size: number): unknown;
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
