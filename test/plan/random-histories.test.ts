import { expect, it } from 'vitest';
import { isUp } from '../../src/plan/observed.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { Random } from '../scenarios/soak/random.ts';
import { SimulatedHost, systemOf } from './simulated-host.ts';

/*
 * Everything that may happen, in any order, between any two steps of the daemon:
 *   HISTORIES=100000 npx vitest run test/plan/random-histories.test.ts
 */
const HISTORIES = Number(process.env.HISTORIES ?? 1000);
const LENGTH = 25;

const SYSTEMS = (['good', 'better', 'unwell', 'mute', 'dies'] as const).map(systemOf);
const REQUESTS = ['start', 'stop', 'restart', 'retry', 'rollback', 'hold', 'unhold'] as const;
const BIND = { binds: { '/data': { hostPath: '/srv/data' } } };

/** What happens, by name; each twice as likely as the one named once. */
const EVENTS: Record<string, (host: SimulatedHost, random: Random) => void> = {
  flip: flip,
  'flip again': flip,
  'no profile': host => {
    host.profile = '';
    host.isOpen = true;
  },
  declare: declare,
  'break the declaration': host => {
    host.declared = null;
    host.isOpen = true;
  },
  undeclare: host => {
    host.declared = undefined;
    host.isOpen = true;
  },
  'declare again': declare,
  ...Object.fromEntries(REQUESTS.map(kind => [`${kind}!`, (host: SimulatedHost) => host.ask(kind)])),
  start: host => host.start(),
  stop: host => host.stop(),
  crash: host => host.crash(),
  'guest reboot': host => host.reboot(),
  'host reboot': (host, random) => random.below(3) === 0 && host.rebootHost(),
  look: look,
  'look again': look,
  'look and be killed': (host, random) => look(host, random.below(6)),
  killed: host => host.kill(),
  begin: host => host.begin(),
  'begin again': host => host.begin(),
  answer: host => host.answer(),
  'cannot ask': (host, random) => host.cannotAsk(random.below(2) === 0),
  proceed: host => host.proceed(),
  'proceed again': host => host.proceed(),
};

function flip(host: SimulatedHost, random: Random): void {
  host.profile = random.pick(SYSTEMS);
  host.isOpen = true;
}

function declare(host: SimulatedHost, random: Random): void {
  const strategy = random.pick(['restart', 'restart', 'reload', 'dynamic', 'none']);
  const rollback = random.below(5) > 0;
  host.declared = { activation: { strategy, rollback }, ...(random.below(3) === 0 && BIND) };
  host.isOpen = true;
}

/** Nothing is taken for what it isn't, nor blamed for what another one did. */
function look(host: SimulatedHost, cut?: unknown): Plan {
  const { truth } = host;
  const todo = host.look(typeof cut === 'number' ? cut : undefined);
  expect({ booted: todo.booted, runs: todo.runs }).toEqual(truth);
  for (const { system } of host.lasting.quarantined ?? []) expect(host.guilty).toContain(system);
  return todo;
}

/** Nothing happens from outside any more. */
function comeToRest(host: SimulatedHost): Plan {
  for (let round = 0; round < 60; round++) {
    const todo = look(host);
    if (todo.actions.length === 0 && !todo.settling) return todo;
    host.begin();
    host.answer();
    host.proceed();
  }
  throw new Error('it does not come to rest');
}

/** Who is to be up is up, with what it is to run. */
function judge(host: SimulatedHost, { state, reason, runs, booted }: Plan): void {
  const { declared, guilty, profile, lasting, situation } = host;
  if (declared === undefined) expect(isUp(host.unit)).toBe(false);
  if (situation.declared.kind !== 'valid') return;
  const { strategy, rollback } = situation.declared.declaration.activation;
  const said = `${state}: ${reason}`;
  if (host.isToBeDown === undefined) return;
  if (host.isToBeDown) {
    expect([isUp(host.unit), said]).toEqual([false, said]);
    return;
  }
  if (lasting.hold !== undefined) {
    if (strategy !== 'none' && !guilty.has(lasting.hold.system))
      expect([runs?.system, said]).toEqual([lasting.hold.system, said]);
    return;
  }
  if (profile === '' || strategy === 'none') return;
  if (!guilty.has(profile)) {
    expect([runs?.system, said]).toEqual([profile, 'running: '.concat(reason)]);
    if (strategy === 'restart')
      expect(booted).toEqual({ system: profile, fingerprint: situation.rendered?.fingerprint });
    return;
  }
  const { lastGood } = lasting;
  if (rollback && lastGood !== undefined && !guilty.has(lastGood.system))
    expect([isUp(host.unit), said]).toEqual([true, said]);
}

it(`whatever happens, in ${HISTORIES} random histories, what can run does`, () => {
  const names = Object.keys(EVENTS);
  for (let seed = 1; seed <= HISTORIES; seed++) {
    const random = new Random(seed);
    const host = new SimulatedHost();
    const history: string[] = [];
    try {
      declare(host, random);
      flip(host, random);
      for (let step = 0; step < LENGTH; step++) {
        const name = random.pick(names);
        EVENTS[name]?.(host, random);
        history.push(
          `${name} (${host.profile.slice(-6)} ${JSON.stringify(host.declared)} ${host.unit?.active} ${host.unit?.sub})`,
        );
      }
      const last = comeToRest(host);
      judge(host, last);
    } catch (cause) {
      throw new Error(`history ${seed}: ${history.join('\n')}\n${cause}`, { cause });
    }
  }
});
