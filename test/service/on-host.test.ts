import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONTAINER_INTERFACE } from '../../src/service/container-interface.ts';
import { bootWithRepository, program, report } from '../bus/programs.ts';
import { type Host, suites } from '../host/index.ts';

const NOBODY = { user: 65534 };
const ROOT = '/org/nixos/nspawn1';
const MANAGER = 'org.nixos.nspawn1.Manager';
const SYSTEM = `/nix/store/${'1'.repeat(32)}-system`;
const ERROR = 'org.freedesktop.DBus.Error';
const DENIED = expect.stringMatching(/^org\.freedesktop\.DBus\.Error\.AccessDenied: /);

describe.each(suites)('the service on %s', { timeout: 60_000 }, suite => {
  let host: Host;
  beforeAll(async () => {
    host = await bootWithRepository(suite);
    await serve(2);
  }, 300_000);
  afterAll(() => host.stop());

  /** Anew, with COUNT containers; resolves when it has the name. */
  async function serve(count: number): Promise<void> {
    const unit = ['--unit=service', '--collect', '--quiet', '--property=Type=dbus'];
    const command = program('service/programs/service.ts', String(count));
    await host.run(['systemctl', 'stop', 'service'], { reject: false });
    await host.run(['systemd-run', ...unit, '--property=BusName=org.nixos.nspawn1', ...command]);
  }

  /** The reply as dbus-send(1) prints it, or the error: `NAME: MESSAGE`. */
  async function call(member: string, args: string[] = [], options = {}, path = ROOT): Promise<string> {
    const argv = ['dbus-send', '--system', '--print-reply=literal', '--dest=org.nixos.nspawn1', path];
    const { stdout, stderr } = await host.run([...argv, member, ...args], { reject: false, ...options });
    return (stdout + stderr).trim().replace(/^Error /, '');
  }

  test('answers every mistake as systemd does, but an unknown interface as the specification says', async () => {
    const answers = await report(host, program('service/programs/mistakes.ts'));
    const { theirs, ours } = answers as Record<string, Record<string, string>>;
    expect(Object.keys(theirs ?? {}).length).toBeGreaterThan(25);
    const unknown = `${ERROR}.UnknownInterface: Unknown interface 'org.example.Nope'.`;
    const ownWay = ['unknown interface', 'get: unknown interface', 'set: unknown interface'];
    expect(ours).toEqual({ ...theirs, ...Object.fromEntries(ownWay.map(mistake => [mistake, unknown])) });
  });

  test('shows its objects in busctl tree', async () => {
    const { stdout } = await host.run(['busctl', 'tree', '--list', 'org.nixos.nspawn1']);
    const containers = [`${ROOT}/container/web0`, `${ROOT}/container/web1`];
    const above = ['/org', '/org/nixos', ROOT, `${ROOT}/container`];
    expect(stdout.split('\n').filter(path => path !== '/')).toEqual([...above, ...containers]);
  });

  test.each([
    ['Manager', ROOT],
    ['Container', `${ROOT}/container/web0`],
  ])('describes the %s as the interface file does', async (name, path) => {
    const { stdout } = await host.run(['busctl', 'introspect', '--xml-interface', 'org.nixos.nspawn1', path]);
    const file = await readFile(new URL(`../../dbus/org.nixos.nspawn1.${name}.xml`, import.meta.url), 'utf8');
    const documented = file.replace(/\n *<!--.*?-->\n/gs, '');
    expect(stdout).toContain(
      documented.slice(documented.indexOf(' <interface'), documented.indexOf('</node>')),
    );
  });

  test('is understood by gdbus and busctl', async () => {
    const gdbus = await host.sh(
      `gdbus introspect --system --dest org.nixos.nspawn1 --object-path ${ROOT} --recurse`,
    );
    expect(gdbus).toContain('WaitSettled(in  s name,\n                  in  t timeout_usec,\n');
    expect(gdbus).toContain("readonly s Version = '1.2.3';");
    expect(gdbus).toContain("readonly o Machine = '/org/freedesktop/machine1/machine/web1';");
    const busctl = await host.sh(`busctl introspect org.nixos.nspawn1 ${ROOT}`);
    expect(busctl).toMatch(/^\.NContainers +property +u +2 +emits-change$/m);
    expect(busctl).toMatch(/^\.Version +property +s +"1\.2\.3" +const$/m);
    expect(busctl).toMatch(/^\.LastReconcileTimestamp +property +t +1700000000000002 +-$/m);
  });

  test('gives all objects with their properties at once', async () => {
    const argv = ['busctl', '--json=short', 'call', 'org.nixos.nspawn1', ROOT];
    const { stdout } = await host.run([...argv, 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects']);
    const [objects] = JSON.parse(stdout).data;
    expect(Object.keys(objects)).toEqual([`${ROOT}/container/web0`, `${ROOT}/container/web1`]);
    const container = objects[`${ROOT}/container/web1`]['org.nixos.nspawn1.Container'];
    expect(container.Name).toEqual({ type: 's', data: 'web1' });
    expect(container.UpdatedTimestamp).toEqual({ type: 't', data: 1_700_000_000_000_000 });
    expect(container.FailedUnits).toEqual({ type: 'as', data: ['a.service', 'b.service'] });
    expect(container.Held).toEqual({ type: 'b', data: true });
    expect(Object.keys(container).length).toBe(Object.keys(CONTAINER_INTERFACE.properties).length);
  });

  test('answers errors of operations by name, and mistakes of ours without a stack', async () => {
    expect(await call(`${MANAGER}.GetContainer`, ['string:nope'])).toBe(
      'org.nixos.nspawn1.Error.NoSuchContainer: cannot find container "nope": it is not declared',
    );
    expect(await call(`${MANAGER}.Plan`)).toBe(`${ERROR}.Failed: a mistake of ours`);
    expect(await host.journal('service')).toMatch(/cannot answer "Plan" of :1\.\d+: a mistake of ours/);
  });

  test.each([
    ['Retry', [], 'retry web1'],
    ['Hold', [], 'hold web1'],
    ['Unhold', [], 'unhold web1'],
    ['Rollback', [`string:${SYSTEM}`], `rollback web1 to ${SYSTEM}`],
    ['Rollback', ['string:'], 'rollback web1 to the last good one'],
  ])('%s %s is the same at the manager and at the container', async (method, args, asked) => {
    const times = async () =>
      (await host.journal('service')).match(new RegExp(`: ${asked}$`, 'gm'))?.length ?? 0;
    const before = await times();
    expect(await call(`${MANAGER}.${method}`, ['string:web1', ...args])).toBe('');
    const container = `org.nixos.nspawn1.Container.${method}`;
    expect(await call(container, args, {}, `${ROOT}/container/web1`)).toBe('');
    expect((await times()) - before).toBe(2);
  });

  test('without a last good system, Rollback says so by name', async () => {
    expect(await call(`${MANAGER}.Rollback`, ['string:web0', 'string:'])).toBe(
      'org.nixos.nspawn1.Error.NoLastGood: cannot roll "web0" back: no system of it was ever found good',
    );
  });

  describe('lets an unprivileged user', () => {
    test('read', async () => {
      expect(await call(`${MANAGER}.GetContainer`, ['string:web1'], NOBODY)).toBe(`${ROOT}/container/web1`);
    });

    test('change nothing', async () => {
      expect(await call(`${MANAGER}.Start`, ['string:web1'], NOBODY)).toEqual(DENIED);
      expect(await call(`${MANAGER}.Reload`, [], NOBODY)).toEqual(DENIED);
      for (const method of ['Stop', 'Retry', 'Rollback', 'Hold', 'Unhold']) {
        const args = method === 'Rollback' ? ['string:'] : [];
        expect(await call(`${MANAGER}.${method}`, ['string:web1', ...args], NOBODY)).toEqual(DENIED);
        const container = `org.nixos.nspawn1.Container.${method}`;
        expect(await call(container, args, NOBODY, `${ROOT}/container/web1`)).toEqual(DENIED);
      }
      expect(await host.journal('service')).not.toContain('start web1');
    });

    test('change what polkit allows, by container', async () => {
      await host.write('/etc/polkit-1/rules.d/10-web1.rules', WEB1_FOR_NOBODY);
      await host.run(['systemctl', 'restart', 'polkit']);
      expect(await call(`${MANAGER}.Start`, ['string:web1'], NOBODY)).toBe('');
      expect(await host.journal('service')).toContain('start web1');
      expect(await call(`${MANAGER}.Start`, ['string:web0'], NOBODY)).toEqual(DENIED);
    });

    test('change nothing when there is no polkit; root still may', async () => {
      await host.run(['systemctl', 'mask', '--runtime', '--now', 'polkit']);
      expect(await call(`${MANAGER}.Start`, ['string:web1'], NOBODY)).toEqual(DENIED);
      expect(await call(`${MANAGER}.Start`, ['string:web1'])).toBe('');
      await host.run(['systemctl', 'unmask', '--runtime', 'polkit']);
    });
  });

  test('stands a flood of 20,000 calls of an unprivileged user without growing', {
    timeout: 300_000,
  }, async () => {
    await serve(1000);
    const flood = program('service/programs/flood.ts', '20000');
    await host.run(flood, { ...NOBODY, timeoutMs: 120_000 });
    const before = await memory();
    await host.run(flood, { ...NOBODY, timeoutMs: 120_000 });
    expect((await memory()) - before).toBeLessThan(30_000_000);
    expect(await call(`${MANAGER}.GetContainer`, ['string:web7'])).toBe(`${ROOT}/container/web7`);
  });

  test('bounds who waits, and ends with its caller', async () => {
    await serve(2);
    const before = await memory();
    // Many more than may wait at once, over many connections.
    await host.run(program('service/programs/attack.ts', 'wait', '40', '3'), NOBODY);
    await host.sh('grep -qm 1 "^waiting: 0$" < <(timeout 20 journalctl -f -n all -u service -o cat)');
    // Told at each that left; those that were refused never waited.
    const left = [...(await host.journal('service')).matchAll(/waiting: (\d+)$/gm)].map(([, count]) =>
      Number(count),
    );
    expect(Math.max(...left)).toBe(127);
    expect(left.at(-1)).toBe(0);
    expect((await memory()) - before).toBeLessThan(60_000_000);
  });

  test('goes on for others while some do not read what they asked for', async () => {
    await serve(1000);
    const deaf = host.run(program('service/programs/attack.ts', 'deaf', '30', '8'), NOBODY);
    const probe = (await report(host, program('service/programs/probe.ts', '6', '1'), { user: 1 })) as Probed;
    await deaf;
    expect(probe.failed).toEqual([]);
    console.log(`${suite} deaf: ${JSON.stringify(probe)}`);
    expect(probe.service.p99).toBeLessThan(500 + 10 * probe.bus.p99);
    expect(await memory()).toBeLessThan(250_000_000);
  });

  // What differs between the hosts, systemd and the bus, has no part in most of these.
  const kinds = suite === 'forky' ? ['list', 'get', 'unknown', 'no-reply', 'big', 'introspect'] : ['list'];
  test.each(kinds)('keeps no other user waiting in a flood of "%s"', async kind => {
    await serve(100);
    const flood = host.run(program('service/programs/attack.ts', kind, '10', '6'), NOBODY);
    const probe = (await report(host, program('service/programs/probe.ts', '5', '2'), {
      user: 1,
    })) as Probed;
    await flood;
    console.log(`${suite} ${kind}: ${JSON.stringify(probe)}`);
    expect(probe.failed).toEqual([]);
    // The bus itself is as slow as it is, and so is this machine.
    expect(probe.service.p99).toBeLessThan(500 + 10 * probe.bus.p99);
  });

  test('answers shortly whatever is said to it, and refuses what is too long', async () => {
    await serve(2);
    const answers = (await report(host, program('service/programs/long.ts'), NOBODY)) as Record<
      string,
      string
    >;
    expect(Object.keys(answers).length).toBeGreaterThan(10);
    const long = Object.entries(answers).filter(([, text]) => text.length > 1000);
    expect(long).toEqual([]);
    expect(answers['a name of 10 MB']).toBe(
      `${ERROR}.LimitsExceeded: cannot answer: more than 65536 bytes of arguments`,
    );
    expect(answers['a call of 32 MiB']).toBe(answers['a name of 10 MB']);
    expect(answers.afterwards).toBe(`${ROOT}/container/web1`);
  });

  test.each([
    ['Start', ['string:../web']],
    ['Stop', ['string:']],
    ['Hold', ['string:web_1']],
    ['GetContainer', ['string:web/x']],
    ['Rollback', ['string:../web', 'string:']],
    ['Rollback', ['string:web1', 'string:/etc']],
    ['Rollback', ['string:web1', 'string:/nix/store/../../etc']],
    ['WaitSettled', ['string:../nspawnd/web', 'uint64:5000000']],
    ['WaitSettled', [`string:${'x'.repeat(65)}`, 'uint64:5000000']],
  ])('refuses %s of %j before it asks who is there', async (member, args) => {
    const answer = await call(`${MANAGER}.${member}`, args, NOBODY);
    expect(answer).toMatch(/^org\.freedesktop\.DBus\.Error\.InvalidArgs: "[^"]*" is not a /);
  });

  test('refuses the path of what can be no container, whatever is asked of it', async () => {
    const path = `${ROOT}/container/_2e_2e_2fweb`;
    const invalid = `${ERROR}.InvalidArgs: "../web" is not a valid machine name`;
    expect(await call('org.nixos.nspawn1.Container.Start', [], NOBODY, path)).toBe(invalid);
    const properties = 'org.freedesktop.DBus.Properties';
    expect(await call(`${properties}.GetAll`, ['string:'], NOBODY, path)).toBe(invalid);
    expect(await call('org.freedesktop.DBus.Introspectable.Introspect', [], NOBODY, path)).toBe(invalid);
  });

  async function memory(): Promise<number> {
    const status = await host.read(`/proc/${await host.pidOf('service')}/status`);
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  test('tells every change once, objects before properties before the end of the update', async () => {
    await serve(2);
    const heard = (await report(host, program('service/programs/signals.ts'))) as Record<string, unknown[]>;
    const web0 = ['/container/web0', 'PropertiesChanged', 'org.nixos.nspawn1.Container'];
    expect(heard).toEqual({
      // From running to running in one turn.
      start: [],
      stop: [[...web0, { State: 'stopped' }, []]],
      restart: [
        [...web0, { Running: '/nix/store/new' }, []],
        ['', 'UpdateStarted', 'web0', '/nix/store/old', '/nix/store/new', 'restart'],
        ['', 'UpdateFinished', 'web0', '/nix/store/old', '/nix/store/new', 'done'],
      ],
      reload: [
        ['', 'InterfacesRemoved', `${ROOT}/container/web0`, ['org.nixos.nspawn1.Container']],
        [
          '',
          'InterfacesAdded',
          `${ROOT}/container/added`,
          { 'org.nixos.nspawn1.Container': expect.anything() },
        ],
      ],
    });
  });

  test('is seen in busctl monitor', async () => {
    await using monitor = host.spawn(['busctl', 'monitor', 'org.nixos.nspawn1']);
    const { stdout, stderr } = monitor.process;
    const stopped = /Member=PropertiesChanged\s.*STRING "State";\s+VARIANT "s" \{\s+STRING "stopped";/s;
    const seen = outputWith(stdout, stopped);
    await outputWith(stderr, /Monitoring bus message stream/);
    await call(`${MANAGER}.Stop`, ['string:web1']);
    await seen;
  });
});

interface Probed {
  readonly service: { readonly count: number; readonly p99: number };
  readonly bus: { readonly p99: number };
  readonly failed: readonly string[];
}

const WEB1_FOR_NOBODY = `
polkit.addRule(function(action, subject) {
  if (action.id == "org.nixos.nspawn1.manage" && action.lookup("container") == "web1" && subject.user == "nobody")
    return polkit.Result.YES;
});
`;

/** Resolves when the output so far fits. */
function outputWith(stream: Readable | null | undefined, wanted: RegExp): Promise<void> {
  let seen = '';
  return new Promise((resolve, reject) => {
    stream?.on('data', chunk => {
      seen += chunk;
      if (wanted.test(seen)) resolve();
    });
    stream?.once('end', () => reject(new Error(`${wanted} is not in the output: ${seen}`)));
  });
}
