import { describe, expect, test } from 'vitest';
import { decodeBody } from '../../src/adapters/bus/dbus-next.ts';
import { encode, Variant } from '../../src/adapters/bus/encode.ts';

/** Decoded by dbus-next, which knows nothing of our encoder. */
function roundTrip(signature: string, values: unknown[]): unknown[] {
  return decodeBody(signature, encode(signature, values), true);
}

describe('an encoded body', () => {
  test.each<[string, unknown[]]>([
    ['y', [255]],
    ['b', [true]],
    ['b', [false]],
    ['nq', [-32768, 65535]],
    ['iu', [-2147483648, 4294967295]],
    ['xt', [-9223372036854775808n, 18446744073709551615n]],
    ['d', [-1.5e300]],
    ['sog', ['a "ü" 😀', '/org/a_b/C9', 'a{sv}']],
    ['s', ['']],
    ['ay', [Buffer.from([1, 2, 3])]],
    ['as', [[]]],
    ['at', [[]]],
    ['yat', [1, [1n, 2n]]],
    ['a(yt)', [[]]],
    [
      'ya(yt)s',
      [
        1,
        [
          [2, 3n],
          [4, 5n],
        ],
        'after',
      ],
    ],
    ['aas', [[['a'], [], ['b', 'c']]]],
    ['a{sas}', [{ one: ['a'], two: [] }]],
    ['a(ssssso)', [[['web', 'running', '', 'a', 'b', '/c']]]],
    ['(y(nx)s)y', [[1, [2, 3n], 's'], 4]],
  ])('of type %s has the same values when read', (signature, values) => {
    expect(roundTrip(signature, values)).toEqual(values);
  });

  test('has 64 bit numbers of a peer of the other byte order', () => {
    const bytes = Buffer.from('00000000000000fe' + 'fffffffffffffffe', 'hex');
    expect(decodeBody('tx', bytes, false)).toEqual([254n, -2n]);
    expect(() => decodeBody('tx', bytes.subarray(0, 12), false)).toThrow('cannot read a body of type "tx"');
  });

  test('has the values of variants at every depth', () => {
    const nested = new Variant('a{sv}', {
      inner: new Variant('t', 5n),
      list: new Variant('av', [new Variant('y', 1)]),
    });
    expect(roundTrip('sv', ['x', nested])).toEqual(['x', { inner: 5n, list: [1] }]);
  });

  test('has the same bytes as a variant at any alignment before it', () => {
    for (let length = 0; length < 16; length++) {
      const before = 'x'.repeat(length);
      const value = [before, new Variant('(tas)', [7n, ['a', 'bc']])];
      expect(roundTrip('sv', value)).toEqual([before, [7n, ['a', 'bc']]]);
    }
  });

  test('is right however often the buffer has to grow', () => {
    for (const size of [400, 505, 506, 507, 508, 511, 512, 513, 5_000, 500_000]) {
      const text = 'é'.repeat(size);
      expect(roundTrip('stsyn', [text, 1n, text, 2, 3])).toEqual([text, 1n, text, 2, 3]);
    }
    const numbers = Array.from({ length: 10_000 }, (_, index) => BigInt(index));
    expect(roundTrip('at', [numbers])).toEqual([numbers]);
  });

  test('takes a Map for a dictionary with keys that are no strings', () => {
    expect(roundTrip('a{us}', [new Map([[7, 'seven']])])).toEqual([{ 7: 'seven' }]);
  });

  test('keeps a key named __proto__ an ordinary key', () => {
    const [values] = roundTrip('a{sv}', [new Map([['__proto__', new Variant('as', ['polluted'])]])]);
    expect(Object.getOwnPropertyNames(values)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(values)).toBe(Object.prototype);
  });
});

describe('what the bus would disconnect us for is refused:', () => {
  test.each<[string, string, unknown[]]>([
    ['an object path with a hyphen', 'o', ['/org/x-y']],
    ['an empty object path', 'o', ['']],
    ['an object path that ends in a slash', 'o', ['/org/']],
    ['an object path inside of a variant', 'a{sv}', [{ Machine: new Variant('o', 'no path') }]],
    ['a NUL character', 's', ['a\0b']],
    ['too few values', 'ss', ['one']],
    ['too many values', 's', ['one', 'two']],
    ['a struct of the wrong size', '(ss)', [['one']]],
    ['a string for a number', 'u', ['7']],
    ['undefined for a string', 's', [undefined]],
    ['a number for a boolean', 'b', [1]],
    ['a plain value for a variant', 'v', ['text']],
    ['a variant of two types', 'v', [new Variant('ss', ['a', 'b'])]],
    ['a variant of no type', 'v', [new Variant('', undefined)]],
    ['an unknown type', 'm', [1]],
    ['a file descriptor', 'h', [0]],
    ['an empty struct', '()', [[]]],
    ['a struct without end', '(s', [['a']]],
    ['an array without a type', 'a', [[]]],
    ['a signature that is none', 'g', ['a{']],
  ])('%s', (_what, signature, values) => {
    expect(() => encode(signature, values)).toThrow(
      expect.objectContaining({
        code: 'org.freedesktop.DBus.Error.InvalidArgs',
        message: expect.stringMatching(/^cannot send /),
      }),
    );
  });

  test.each<[string, unknown]>([
    ['y', 256],
    ['q', -1],
    ['u', 2 ** 32],
    ['t', -1n],
    ['x', 2n ** 63n],
  ])('a number out of the range of %s', (signature, value) => {
    expect(() => encode(signature, [value])).toThrow(RangeError);
  });
});

describe('a body that does not fit its signature', () => {
  test.each(['h', 'u', 'as', 'a{sv}'])('of %s is an error, not a crash', signature => {
    expect(() => decodeBody(signature, Buffer.from([255, 255, 127]), true)).toThrow(
      expect.objectContaining({ code: 'org.freedesktop.DBus.Error.InconsistentMessage' }),
    );
  });
});
