import { describe, expect, test } from 'vitest';
import { decodeBody } from '../../src/adapters/bus/dbus-next.ts';
import { encode, Variant } from '../../src/adapters/bus/encode.ts';
import { BusError } from '../../src/adapters/bus/errors.ts';
import { textArgument, textAt } from '../../src/adapters/bus/lookup.ts';
import { parseSignature } from '../../src/adapters/bus/signature.ts';
import { type BodyLimits, DEFAULT_LIMITS, validateBody } from '../../src/adapters/bus/validate.ts';
import { randomBody, randomNumbers } from './random-body.ts';

describe('a signature', () => {
  test.each(['', 'y', 'a{sv}', 'a(ssssssouso)', `${'a'.repeat(32)}y`, `${'('.repeat(32)}y${')'.repeat(32)}`])(
    '%j is one',
    signature => expect(parseSignature(signature)).toBeDefined(),
  );

  test.each([
    ['()', 'has an empty struct'],
    ['a()', 'has an empty struct'],
    ['((()))', 'has an empty struct'],
    ['a', 'ends in the middle of a type'],
    ['(y', 'ends in the middle of a type'],
    ['a{s', 'ends in the middle of a type'],
    ['a{sy', 'ends in the middle of a type'],
    ['y)', 'has an unknown type at position 1'],
    ['h', 'has an unknown type at position 0'],
    ['m', 'has an unknown type at position 0'],
    ['\0', 'has an unknown type at position 0'],
    ['{sv}', 'has an unknown type at position 0'],
    ['a{}', 'has an empty struct'],
    ['a{vs}', 'not a basic type and a value'],
    ['a{sss}', 'not a basic type and a value'],
    ['a{s}', 'not a basic type and a value'],
    ['a{ass}', 'not a basic type and a value'],
    ['a{(s)s}', 'not a basic type and a value'],
    [`${'a'.repeat(33)}y`, 'has more than 32 arrays in each other'],
    [`${'('.repeat(33)}y${')'.repeat(33)}`, 'has more than 32 structs in each other'],
    ['y'.repeat(256), 'is longer than 255 bytes'],
  ])('%j is none', (signature, message) => {
    const refused = message.replace('not a', 'has a dictionary entry that is not a');
    expect(() => parseSignature(signature)).toThrow(refused);
    expect(() => parseSignature(signature)).toThrow(/^the signature "/);
  });

  test('is forgotten when there are too many', () => {
    for (let i = 0; i < 1000; i++) expect(parseSignature('y'.repeat(i % 255))).toHaveLength(i % 255);
  });
});

/** An array of variants of that type, which takes a byte. */
function variants(signature: string, count: number): Buffer {
  const one = Buffer.concat([Buffer.from([signature.length]), Buffer.from(signature), Buffer.from([0, 7])]);
  const all = Buffer.concat(Array(count).fill(one));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(all.length);
  return Buffer.concat([size, all]);
}

function problemOf(signature: string, body: Buffer, limits: BodyLimits = DEFAULT_LIMITS): string {
  try {
    validateBody(signature, body, true, limits);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('a body', () => {
  test.each([
    // These never ended in dbus-next, or took all of the memory.
    [
      'an array of empty structs in a variant',
      'v',
      '03' + '61282900' + '00000000' + '01000000',
      /empty struct/,
    ],
    ['an array of dictionary entries', 'v', '05' + '617b73737d00' + 'ff' + 'ffffff03', /beyond its end/],
    ['an array of empty arrays', 'aay', 'ffffff03' + '00000000', /beyond its end/],
    ['an array of 64 MiB and one', 'ay', '01000004', /an array of 67108865 bytes/],
    ['an array of half a number', 'ai', '06000000' + '01000000' + '0100', /beyond its end/],
    [
      'an array that ends in the middle of an element',
      'as',
      '05000000' + '02000000' + '616200',
      /beyond its end/,
    ],
    ['a string without its end', 's', '02000000' + '616263', /a string has no end/],
    ['a string of 4 GiB', 's', 'ffffffff' + '616200', /a string has no end/],
    ['no string at all', 's', '0000', /it ends too early/],
    ['half a number', 't', '00000000', /it ends too early/],
    ['a boolean of 2', 'b', '02000000', /a boolean is neither 0 nor 1/],
    ['booleans of 1 and 2', 'ab', '08000000' + '01000000' + '02000000', /a boolean is neither 0 nor 1/],
    ['a signature that is none', 'g', '01' + '2800', /ends in the middle of a type/],
    ['a variant of two types', 'v', '02' + '797900' + '0102', /is not one complete type/],
    ['a variant of nothing', 'v', '00' + '00', /is not one complete type/],
    ['a descriptor', 'v', '01' + '6800' + '00' + '00000000', /unknown type/],
    ['variants 65 deep', 'v', `${'017600'.repeat(65)}01790000`, /nested more than 64 deep/],
  ])('with %s is refused', (_what, signature, hex, problem) => {
    const body = Buffer.from(hex, 'hex');
    expect(problemOf(signature, body)).toMatch(problem);
    expect(() => decodeBody(signature, body, true)).toThrow(`cannot read a body of type "${signature}"`);
  });

  test('may have variants 64 deep', () => {
    const body = Buffer.from(`${'017600'.repeat(63)}01790007`, 'hex');
    expect(decodeBody('v', body, true)).toEqual([7]);
  });

  test('has no more values than it may', () => {
    const limits = { maxValues: 10 };
    expect(problemOf('as', encode('as', [Array(9).fill('')]), limits)).toBe('');
    expect(problemOf('as', encode('as', [Array(10).fill('')]), limits)).toMatch(/too many values/);
    expect(problemOf('ai', encode('ai', [Array(10).fill(1)]), limits)).toMatch(/too many values/);
    expect(problemOf('aay', encode('aay', [Array(10).fill([])]), limits)).toMatch(/too many values/);
    expect(problemOf('ay', encode('ay', [Buffer.alloc(1000)]), limits)).toBe('');
    // What a signature takes to be understood counts as well.
    const two = encode('av', [[new Variant('(yyyy)', [1, 2, 3, 4])]]);
    expect(problemOf('av', two, limits)).toMatch(/too many values/);
    expect(problemOf('av', two, { maxValues: 13 })).toBe('');
  });

  test('with 250,000 variants is refused in no time', () => {
    const body = variants('y', 250_000);
    const began = process.threadCpuUsage();
    expect(problemOf('av', body, { maxValues: 25_000 })).toMatch(/too many values/);
    const { user } = process.threadCpuUsage(began);
    expect(user).toBeLessThan(50_000);
  });
});

const SIGNAL = 'sa{sv}as';
const CHANGES = {
  First: new Variant('t', 1n),
  ActiveState: new Variant('s', 'failed'),
  Job: new Variant('(uo)', [0, '/']),
  Path: new Variant('o', '/a'),
};
const changed = (values: object = CHANGES) => ({
  ...{ signature: SIGNAL, body: encode(SIGNAL, ['an.Interface', values, ['x']]) },
  ...{ littleEndian: true, limits: undefined },
});

describe('one text of a body', () => {
  test('is found, and nothing else', () => {
    expect(textAt(changed(), 1, 'ActiveState')).toBe('failed');
    expect(textAt(changed(), 1, 'Path')).toBe('/a');
    expect(textAt(changed(), 1, 'Absent')).toBeUndefined();
    expect(textAt(changed(), 1, 'First')).toBeUndefined();
    expect(textAt(changed(), 0, 'ActiveState')).toBeUndefined();
    expect(textAt(changed(), 2, 'ActiveState')).toBeUndefined();
    expect(textAt(changed(), 3, 'ActiveState')).toBeUndefined();
    expect(textArgument(changed(), 0)).toBe('an.Interface');
    expect(textArgument(changed(), 1)).toBeUndefined();
    const removed = { ...changed(), signature: 'uos', body: encode('uos', [1, '/a', 'b']) };
    expect([0, 1, 2, 3].map(index => textArgument(removed, index))).toEqual([
      undefined,
      '/a',
      'b',
      undefined,
    ]);
  });

  test('is not looked for behind what has no end', () => {
    const body = Buffer.from(
      encode('a{sv}', [{ k: new Variant('ay', [1]), ActiveState: new Variant('s', 'x') }]),
    );
    const signal = { signature: 'a{sv}', body, littleEndian: true, limits: undefined };
    expect(textAt(signal, 0, 'ActiveState')).toBe('x');
    body.write('a()', body.indexOf('ay') - 1, 'latin1');
    body[body.indexOf('a()') - 1] = 3;
    expect(() => textAt(signal, 0, 'ActiveState')).toThrow(BusError);
  });

  test('is not looked for beyond the limits', () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, new Variant('y', 1)]));
    const body = { ...changed({ ...many, ActiveState: new Variant('s', 'x') }), limits: { maxValues: 100 } };
    expect(() => textAt(body, 1, 'ActiveState')).toThrow('too many values');
  });
});

test('what passes is decoded, and what is damaged either passes or is refused', () => {
  const seed = Number(process.env.BODY_SEED ?? 1);
  const random = randomNumbers(seed);
  const limits = { maxValues: 20_000 };
  for (let run = 0; run < 3000; run++) {
    const { signature, values } = randomBody(random);
    const body = Buffer.from(encode(signature, values));
    const note = `seed ${seed}, run ${run}: ${signature} ${body.toString('hex')}`;
    expect(problemOf(signature, body, limits), note).toBe('');
    for (let damage = 0; damage < 5; damage++) {
      if (body.length > 0)
        body[random(body.length)] = [0, 1, 0x28, 0x61, 0x76, 0xff, random(256)][random(7)] ?? 0;
      const cut = random(4) === 0 ? body.subarray(0, random(body.length + 1)) : body;
      if (problemOf(signature, cut, limits) === '') decodeBody(signature, cut, true, limits);
    }
  }
});
