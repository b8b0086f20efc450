import { type Bus, BusError, type Call, standardError, Variant } from '../adapters/bus/bus.ts';
import { messageOf } from '../model/errors.ts';

const BUS = 'org.freedesktop.DBus';
const POLKIT = 'org.freedesktop.PolicyKit1';
const AUTHORITY_PATH = '/org/freedesktop/PolicyKit1/Authority';
const ACTION = 'org.nixos.nspawn1.manage';
const ALLOW_USER_INTERACTION = 1;
// Somebody may have to find a password.
const INTERACTIVE_TIMEOUT_MS = 5 * 60_000;

/**
 * Throws `AccessDenied` unless the caller is root or polkit allows it to manage containers. `container` is what
 * the call is about, '' for none; polkit rules see it as `action.lookup("container")`. No polkit: root only.
 */
export async function authorize(bus: Bus, call: Call, container: string): Promise<void> {
  try {
    if (await isRoot(bus, call.sender)) return;
    await askPolkit(bus, call, container);
  } catch (cause) {
    const what = container === '' ? call.member : `${call.member} of container "${container}"`;
    throw new BusError(standardError('AccessDenied'), `${what} is not permitted: ${messageOf(cause)}`, {
      cause,
    });
  }
}

async function isRoot(bus: Bus, sender: string): Promise<boolean> {
  const [uid] = await bus.call(BUS, '/org/freedesktop/DBus', BUS, 'GetConnectionUnixUser', 's', [sender]);
  return uid === 0;
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
