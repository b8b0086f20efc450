import { followHealth, type GuestHealth, healthAfterBoot } from '../../../src/adapters/guest/health.ts';
import { GuestManager } from '../../../src/adapters/guest/manager.ts';
import { GuestUnit } from '../../../src/adapters/guest/unit.ts';
import { Random } from '../../scenarios/soak/random.ts';
import { expect, expectHarmless, Unexpected } from '../expect.ts';
import { FakeGuest } from '../fake-guest.ts';
import { type Target, TURN_MS } from '../target.ts';

const MOST_STEPS = 40;
const UNIT = { command: ['/bin/true'], environment: [], timeoutMs: 1000, keep: false };

/**
 * A guest that answers anything: whoever asked it has an answer that is fit to be shown, or an error, and waits no longer
 * than it wants to. The input is a seed.
 */
export const guests: Target<number> = {
  name: 'guests',
  limitMs: TURN_MS,
  generate: random => random.below(2 ** 32),
  async check(seed) {
    const random = new Random(seed);
    const guest = new FakeGuest(random);
    const wait = new AbortController();
    let isOver = false;
    const asked = ask(random, guest, wait.signal).finally(() => {
      isOver = true;
    });
    const checked = asked.then(
      () => undefined,
      error => {
        if (error instanceof Unexpected) throw error;
        expect(error instanceof Error, `rejected with ${typeof error}`);
        // What its caller gave as the reason is the caller's.
        if (error !== wait.signal.reason) expectHarmless(error.message, 1000);
      },
    );
    // Awaited below, or given up.
    checked.catch(() => undefined);
    for (let step = random.below(MOST_STEPS); step > 0 && !isOver; step--) {
      guest.step();
      await turns(4);
    }
    wait.abort(new Error('waited long enough'));
    await turns(8);
    // Calls have deadlines of their own, which end like this.
    guest.lose();
    await turns(50);
    expect(isOver, 'still waiting after the deadline and the loss of the connection');
    await checked;
  },
};

async function ask(random: Random, guest: FakeGuest, signal: AbortSignal): Promise<void> {
  // guest.ts makes the words of what fails here harmless.
  const manager = await GuestManager.attach(guest.bus, 'web', signal).catch(cause => {
    throw new Error('cannot connect', { cause });
  });
  const unit = new GuestUnit(manager, 'nspawnd-probe.service');
  switch (random.below(5)) {
    case 0:
      return checkHealth(await healthAfterBoot(manager, signal));
    case 1:
      return followHealth(manager, checkHealth, signal, { restarts: random.chance(0.5) });
    case 2:
      await unit.start(UNIT, signal);
      return checkResult(await unit.ended(signal));
    case 3:
      return unit.remove(signal);
    default:
      expect(typeof (await unit.since()) === 'bigint', 'no time at which it began');
  }
}

function checkHealth({ state, failedUnits, restarting }: GuestHealth): void {
  expectHarmless(state, 256);
  expect(failedUnits.length <= 100, `${failedUnits.length} failed units`);
  expect(restarting.length <= 20, `${restarting.length} units that are restarted`);
  for (const unit of [...failedUnits, ...restarting]) expectHarmless(unit, 256);
}

function checkResult({
  result,
  exitStatus,
  since,
}: {
  result: unknown;
  exitStatus: unknown;
  since: unknown;
}): void {
  // Compared with words of systemd, and never shown.
  expect(typeof result === 'string', 'no text as result');
  expect(
    typeof exitStatus === 'number' && typeof since === 'bigint',
    `${typeof exitStatus}, ${typeof since}`,
  );
}

/** Lets what can go on go on. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await undefined;
}
