import { describe, expect, test } from 'vitest';
import type { Bus, Variant } from '../../src/adapters/bus/bus.ts';
import type { ContainerView } from '../../src/model/container.ts';
import { SignalPublisher } from '../../src/service/publish.ts';
import { fakeOperations, viewOf } from './operations.ts';

/** A publisher over `views`; `sent` has the signals: path below ours, member, and what they tell. */
function fixture(views = new Map<string, ContainerView>()) {
  const sent: string[] = [];
  const logged: string[] = [];
  const bus = {
    emit(path: string, _iface: string, member: string, _signature: string, body: unknown[]) {
      if (path.endsWith('/cursed')) throw new Error('not to be sent');
      sent.push(
        [path.replace('/org/nixos/nspawn1', ''), member, describeBody(member, body)]
          .filter(Boolean)
          .join(' '),
      );
    },
    log: (_level: string, message: string) => logged.push(message),
  } as unknown as Bus;
  return { publisher: new SignalPublisher(bus, fakeOperations(views)), views, sent, logged };
}

function describeBody(member: string, body: unknown[]): string {
  if (member !== 'PropertiesChanged') return String(body[0]).replace('/org/nixos/nspawn1', '');
  const changed = Object.entries(body[1] as Record<string, Variant>);
  return changed.map(([name, { value }]) => `${name}=${value}`).join(' ');
}

const turn = () => new Promise(resolve => setImmediate(resolve));
const web = viewOf('web');

describe('in one turn of the event loop', () => {
  test('many changes of a container are one signal with the last values', async () => {
    const { publisher, sent } = fixture();
    const starting = { ...web, state: 'starting', reason: 'Starts.' } as const;
    publisher.changed(web, starting);
    publisher.changed(starting, { ...starting, state: 'failed', updateUSec: 7n });
    expect(sent).toEqual([]);
    await turn();
    expect(sent).toEqual(['/container/web PropertiesChanged State=failed Reason=Starts. UpdateUSec=7']);
  });

  test('a change there and back is no signal', async () => {
    const { publisher, sent } = fixture();
    publisher.changed(web, { ...web, state: 'stopped' });
    publisher.changed({ ...web, state: 'stopped' }, { ...web });
    await turn();
    expect(sent).toEqual([]);
  });

  test('a list is announced when its content differs, not for being another list', async () => {
    const { publisher, sent } = fixture();
    const bad = { ...web, quarantined: ['/nix/store/1'], failedUnits: ['a.service'] };
    publisher.changed(bad, {
      ...bad,
      quarantined: ['/nix/store/1'],
      failedUnits: ['a.service', 'b.service'],
    });
    await turn();
    expect(sent).toEqual(['/container/web PropertiesChanged FailedUnits=a.service,b.service']);
  });

  test('a container that came and went is no signal, one that came and changed is announced as it is', async () => {
    const { publisher, sent } = fixture();
    publisher.changed(undefined, web);
    publisher.changed(web, undefined);
    publisher.changed(undefined, viewOf('new'));
    publisher.changed(viewOf('new'), viewOf('new', { state: 'failed' }));
    await turn();
    expect(sent).toEqual(['InterfacesAdded /container/new']);
  });

  test('a container that went and came back is one that changed', async () => {
    const { publisher, sent } = fixture();
    publisher.changed(web, undefined);
    publisher.changed(undefined, { ...web, profile: '/elsewhere' });
    await turn();
    expect(sent).toEqual(['/container/web PropertiesChanged Profile=/elsewhere']);
  });

  test('objects come before properties, and the end of an update last', async () => {
    const { publisher, views, sent } = fixture();
    publisher.updateFinished('web', 'old', 'new', 'done');
    publisher.changed(web, { ...web, state: 'failed' });
    publisher.changed(undefined, viewOf('new'));
    publisher.changed(viewOf('old'), undefined);
    views.set('new', viewOf('new', { state: 'invalid' }));
    await turn();
    expect(sent).toEqual([
      'InterfacesAdded /container/new',
      'InterfacesRemoved /container/old',
      '/container/web PropertiesChanged State=failed',
      'PropertiesChanged NContainers=1 NFailed=1',
      'UpdateFinished web',
    ]);
  });
});

test('what is flushed is not sent again', async () => {
  const { publisher, sent } = fixture();
  publisher.changed(web, { ...web, state: 'stopped' });
  publisher.flush();
  expect(sent.length).toBe(1);
  await turn();
  expect(sent.length).toBe(1);
});

test('a signal that cannot be sent keeps no other back', async () => {
  const { publisher, sent, logged } = fixture();
  publisher.changed(viewOf('cursed'), viewOf('cursed', { state: 'failed' }));
  publisher.changed(web, { ...web, state: 'failed' });
  await turn();
  expect(sent).toEqual(['/container/web PropertiesChanged State=failed']);
  expect(logged).toEqual(['cannot send a signal: not to be sent']);
});
