import { type Bus, BusError, type Call, standardError, Variant } from '../adapters/bus/bus.ts';
import { messageOf } from '../model/errors.ts';

const BUS = 'org.freedesktop.DBus';
const POLKIT = 'org.freedesktop.PolicyKit1';
const AUTHORITY_PATH = '/org/freedesktop/PolicyKit1/Authority';
const ACTION = 'org.nixos.nspawn1.manage';
const ALLOW_USER_INTERACTION = 1;
// Somebody may have to find a password.
const INTERACTIVE_TIMEOUT_MS = 5 * 60_000;

/** Callers whose user is kept; the bus gives no unique name twice. */
const KEPT = 64;

/** Who may change something: root, and whom polkit allows to manage containers. */
export class Authority {
  readonly #bus: Bus;
  readonly #users = new Map<string, Promise<unknown>>();

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /**
   * Throws `AccessDenied` unless the caller may. `container` is what the call is about, '' for none; polkit rules see it
   * as `action.lookup("container")`. No polkit: root only.
   */
  async authorize(call: Call, container: string): Promise<void> {
    try {
      if ((await this.#userOf(call.sender)) === 0) return;
      await askPolkit(this.#bus, call, container);
    } catch (cause) {
      const what = container === '' ? call.member : `${call.member} of container "${container}"`;
      throw new BusError(standardError('AccessDenied'), `${what} is not permitted: ${messageOf(cause)}`, {
        cause,
      });
    }
  }

  /** Asked once for all calls of a sender, so that those which came together go on together, and are planned together. */
  #userOf(sender: string): Promise<unknown> {
    const known = this.#users.get(sender);
    if (known !== undefined) return known;
    const asked = askUser(this.#bus, sender);
    this.#users.set(sender, asked);
    asked.catch(() => this.#users.delete(sender));
    if (this.#users.size > KEPT) this.#users.delete(this.#users.keys().next().value as string);
    return asked;
  }
}

async function askUser(bus: Bus, sender: string): Promise<unknown> {
  const [uid] = await bus.call(BUS, '/org/freedesktop/DBus', BUS, 'GetConnectionUnixUser', 's', [sender]);
  return uid;
}

/** See CheckAuthorization in the D-Bus API of polkit(8). */
async function askPolkit(bus: Bus, call: Call, container: string): Promise<void> {
  const subject = ['system-bus-name', { name: new Variant('s', call.sender) }];
  const details = container === '' ? {} : { container };
  const flags = call.allowsInteraction ? ALLOW_USER_INTERACTION : 0;
  const args = [subject, ACTION, details, flags, ''];
  const timeout = call.allowsInteraction ? { timeoutMs: INTERACTIVE_TIMEOUT_MS } : {};
  const reply = await bus.call(
    ...([POLKIT, AUTHORITY_PATH, `${POLKIT}.Authority`, 'CheckAuthorization'] as const),
    ...(['(sa{sv})sa{ss}us', args, timeout] as const),
  );
  const [authorized, challenge] = reply[0] as [boolean, boolean];
  if (authorized) return;
  throw new Error(challenge ? `${ACTION} needs interactive authentication` : `polkit denies ${ACTION}`);
}
