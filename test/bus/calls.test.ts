import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Calls, type Outcome } from '../../src/adapters/bus/calls.ts';
import { serialAfter } from '../../src/adapters/bus/connection.ts';
import { BusError } from '../../src/adapters/bus/errors.ts';
import type { Message } from '../../src/adapters/bus/message.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Calls whose messages go nowhere; `sent` has the serials, `settled` what came of each call. */
function fixture() {
  const calls = new Calls();
  const sent: number[] = [];
  const settled: string[] = [];
  const start = (name: string, timeoutMs = 1000) =>
    calls.start(
      () => sent.push(sent.length + 1),
      outcome => settled.push(`${name}: ${wordFor(outcome)}`),
      timeoutMs,
      `call ${name}`,
    );
  const reply = (serial: number) => calls.replied({ type: 2, replySerial: serial, member: '' } as Message);
  return { calls, sent, settled, start, reply };
}

function wordFor(outcome: Outcome): string {
  return outcome instanceof BusError ? outcome.code.replace(/.*\./, '') : 'replied';
}

describe('calls under way', () => {
  test('are at most 96; each that ends lets one more go, in order', () => {
    const { sent, settled, start, reply } = fixture();
    for (let index = 1; index <= 200; index++) start(`${index}`);
    expect(sent.length).toBe(96);
    reply(50);
    expect(sent.length).toBe(97);
    for (let serial = 1; serial <= 200; serial++) reply(serial);
    expect(sent.length).toBe(200);
    expect(settled.slice(0, 3)).toEqual(['50: replied', '1: replied', '2: replied']);
    expect(settled.at(-1)).toBe('200: replied');
  });

  test('time out also while they wait to be sent, and are not sent then', () => {
    const { sent, settled, start, reply } = fixture();
    for (let index = 1; index <= 96; index++) start(`${index}`, 5000);
    start('late', 10);
    vi.advanceTimersByTime(10);
    expect(settled).toEqual(['late: Timeout']);
    reply(1);
    expect(sent.length).toBe(96);
  });

  test('free their place when they time out, and their late replies are ignored', () => {
    const { settled, start, reply } = fixture();
    start('slow', 10);
    vi.advanceTimersByTime(10);
    reply(1);
    expect(settled).toEqual(['slow: Timeout']);
  });

  test('all fail when the bus is gone, sent or not, and so do later ones', () => {
    const { calls, sent, settled, start } = fixture();
    for (let index = 1; index <= 97; index++) start(`${index}`);
    calls.abandon(new BusError('org.freedesktop.DBus.Error.Disconnected', 'gone'));
    start('later');
    expect(settled.length).toBe(98);
    expect(new Set(settled.map(text => text.split(': ')[1]))).toEqual(new Set(['Disconnected']));
    expect(sent.length).toBe(96);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('that cannot be sent take no place', () => {
    const { calls, settled, start, sent } = fixture();
    const refuse = () => {
      throw new BusError('org.freedesktop.DBus.Error.InvalidArgs', 'cannot send it');
    };
    for (let index = 0; index < 100; index++)
      calls.start(refuse, outcome => settled.push(wordFor(outcome)), 1000, 'call');
    start('good');
    expect(settled).toEqual(Array(100).fill('InvalidArgs'));
    expect(sent.length).toBe(1);
  });
});

test('serials begin again at 1: they are 32 bit and never 0', () => {
  expect(serialAfter(0)).toBe(1);
  expect(serialAfter(0xffff_fffe)).toBe(0xffff_ffff);
  expect(serialAfter(0xffff_ffff)).toBe(1);
});
