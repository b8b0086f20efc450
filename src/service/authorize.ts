import { type Bus, BusError, type Call, standardError, Variant } from '../adapters/bus/bus.ts';
import { messageOf } from '../model/errors.ts';
import type { Caller } from './long-calls.ts';
import { Slots } from './slots.ts';

const POLKIT = 'org.freedesktop.PolicyKit1';
const AUTHORITY = [POLKIT, '/org/freedesktop/PolicyKit1/Authority', `${POLKIT}.Authority`] as const;
const ACTION = 'org.nixos.nspawn1.manage';
const ALLOW_USER_INTERACTION = 1;
// Somebody may have to find a password.
const INTERACTIVE_TIMEOUT_MS = 5 * 60_000;
const ROOT = 0;

/** A person is asked one question at a time; half of what may be asked of the bus at once is left for other things. */
const QUESTIONS_PER_USER = 4;
const QUESTIONS = 48;

/** Who may change something: root, and whom polkit allows to manage containers. */
export class Authority {
  readonly #bus: Bus;
  readonly #slots = new Slots(QUESTIONS_PER_USER, QUESTIONS);
  /** For each sender with a question under way, the end of the last one in its line. */
  readonly #lines = new Map<string, Promise<void>>();
  #questions = 0;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /**
   * Throws `AccessDenied` unless the caller may. `container` is what the call is about, '' for none; polkit rules see it
   * as `action.lookup("container")`. No polkit: root only.
   */
  async authorize(call: Call, caller: Caller, container: string): Promise<void> {
    if (caller.user === ROOT) return;
    try {
      await this.#inLine(call, caller, container);
    } catch (cause) {
      const what = container === '' ? call.member : `${call.member} of container "${container}"`;
      throw new BusError(standardError('AccessDenied'), `${what} is not permitted: ${messageOf(cause)}`, {
        cause,
      });
    }
  }

  /** One question of a sender at a time: an agent that never answers keeps no place that others need. */
  async #inLine(call: Call, caller: Caller, container: string): Promise<void> {
    const before = this.#lines.get(call.sender);
    const asked = (async () => {
      await before;
      using _slot = await this.#slots.take(caller.user, caller.signal);
      await this.#ask(call, caller, container);
    })();
    const ended = asked.then(
      () => undefined,
      () => undefined,
    );
    this.#lines.set(call.sender, ended);
    await asked.finally(() => {
      if (this.#lines.get(call.sender) === ended) this.#lines.delete(call.sender);
    });
  }

  /** See CheckAuthorization in the D-Bus API of polkit(8). */
  async #ask(call: Call, { signal }: Caller, container: string): Promise<void> {
    signal.throwIfAborted();
    const subject = ['system-bus-name', { name: new Variant('s', call.sender) }];
    const details = container === '' ? {} : { container };
    const flags = call.allowsInteraction ? ALLOW_USER_INTERACTION : 0;
    // Only what may take long is worth a name to take it back by.
    const id = call.allowsInteraction ? `nspawnd-${++this.#questions}` : '';
    const args = [subject, ACTION, details, flags, id];
    const timeout = call.allowsInteraction ? { timeoutMs: INTERACTIVE_TIMEOUT_MS } : {};
    const withdraw = () => this.#withdraw(id);
    if (id !== '') signal.addEventListener('abort', withdraw, { once: true });
    try {
      const reply = await this.#bus.call(
        ...AUTHORITY,
        'CheckAuthorization',
        '(sa{sv})sa{ss}us',
        args,
        timeout,
      );
      const [authorized, challenge] = reply[0] as [boolean, boolean];
      if (authorized) return;
      throw new Error(challenge ? `${ACTION} needs interactive authentication` : `polkit denies ${ACTION}`);
    } catch (error) {
      if (id !== '' && isTimeout(error)) withdraw();
      throw error;
    } finally {
      signal.removeEventListener('abort', withdraw);
    }
  }

  /** Or the bus would count it as asked for as long as polkit waits for an answer. */
  #withdraw(id: string): void {
    this.#bus
      .call(...AUTHORITY, 'CancelCheckAuthorization', 's', [id])
      .catch(error => this.#bus.log('warn', `cannot withdraw a question to polkit: ${messageOf(error)}`));
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof BusError && error.code === standardError('Timeout');
}
