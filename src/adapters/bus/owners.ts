/** The bus itself; nobody else can send under this name. */
export const BUS = 'org.freedesktop.DBus';

type OwnerHandler = (owner: string) => void;

/**
 * Who owns the names that we listen to: anyone may send us a signal that looks like one of theirs, whatever
 * our match rules say, so the unique name of the sender is what counts.
 *
 * Invariant: `owner(name)` is right for every message at the moment it is received, as `changed` and `learned`
 * are called in the order of the bus's own messages.
 */
export class Owners {
  readonly #owners = new Map<string, string>();
  readonly #handlers = new Map<string, OwnerHandler[]>();

  /** The unique name of the owner; '' while nobody owns it, or when the name is not tracked. */
  owner(name: string): string {
    return isItsOwnOwner(name) ? name : (this.#owners.get(name) ?? '');
  }

  /** True once per name: the caller then asks the bus about it and tells `learned` and `changed`. */
  startTracking(name: string): boolean {
    if (isItsOwnOwner(name) || this.#owners.has(name)) return false;
    this.#owners.set(name, '');
    return true;
  }

  /** The bus's answer at the beginning; not a change. */
  learned(name: string, owner: string): void {
    this.#owners.set(name, owner);
  }

  changed(name: string, owner: string, failed: (error: unknown) => void): void {
    if (!this.#owners.has(name) || this.#owners.get(name) === owner) return;
    this.#owners.set(name, owner);
    for (const handler of this.#handlers.get(name) ?? []) {
      try {
        handler(owner);
      } catch (error) {
        failed(error);
      }
    }
  }

  onChange(name: string, handler: OwnerHandler): void {
    this.#handlers.set(name, [...(this.#handlers.get(name) ?? []), handler]);
  }
}

function isItsOwnOwner(name: string): boolean {
  return name === BUS || name.startsWith(':');
}
