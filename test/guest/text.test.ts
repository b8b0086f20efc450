import { expect, test } from 'vitest';
import { BusError } from '../../src/adapters/bus/errors.ts';
import { harmless, lastWords, nameFrom } from '../../src/adapters/guest/text.ts';
import { sanitize } from '../../src/model/text.ts';

test('nothing of a guest moves a cursor, breaks a line or turns the writing around', () => {
  expect(sanitize('\u001b[1;31mred\u001b[0m\r\nnext\u0007\u009b\u202egnp.exe\u2028')).toBe(
    'red  next   gnp.exe',
  );
  expect(sanitize('größe 你好 👍')).toBe('größe 你好 👍');
});

test('a name is text, and of a bearable length', () => {
  expect(nameFrom('a'.repeat(1000), 'name')).toHaveLength(256);
  expect(() => nameFrom(7, 'state')).toThrow('cannot understand the guest: no text as state');
});

test('the last words are the end of what was written', () => {
  expect(lastWords(['one', 'two'])).toBe('one; two');
  expect(lastWords([...Array(30).fill('early'), ...Array(20).fill('late')])).not.toContain('early');
  const long = lastWords(['x'.repeat(500), 'the end']);
  expect(long).toHaveLength(300);
  expect(long).toMatch(/^…x+; the end$/);
});

test('an error of a guest is harmless with all that it says', () => {
  const said = new BusError('org.example\n\u001b[31m', `line\nfeed${'x'.repeat(1000)}`, {
    cause: new Error('a\rb'),
  });
  const { code, message, cause } = harmless(said, 'cannot ask');
  expect({ code, cause }).toEqual({ code: 'org.example', cause: undefined });
  expect(message).toMatch(/^cannot ask: line feedx+$/);
  expect(message).toHaveLength(512);
});
