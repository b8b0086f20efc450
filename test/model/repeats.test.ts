import { describe, expect, it } from 'vitest';
import { Repeats } from '../../src/model/repeats.ts';

const HOUR_MS = 60 * 60_000;

/** The times at which a text that is seen `often` is told. */
function told(repeats: Repeats, often: number, text: (at: number) => string = () => 'it failed'): number[] {
  return Array.from({ length: often }, (_, at) => repeats.count(text(at))).filter(each => each !== undefined);
}

describe('what repeats', () => {
  it('is told the 1st, 2nd, 4th, 8th … time', () => {
    expect(told(new Repeats(), 1000)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
  });

  it('is the same with other numbers in it', () => {
    expect(told(new Repeats(), 20, at => `job ${at} of 2 never ended`)).toEqual([1, 2, 4, 8, 16]);
  });

  it('is not something else', () => {
    const repeats = new Repeats();
    told(repeats, 10);
    expect(repeats.count('another failure')).toBe(1);
  });

  it('is news after an hour without it', () => {
    let now = 0;
    const repeats = new Repeats(() => now);
    told(repeats, 5);
    now += HOUR_MS + 1;
    expect(repeats.count('it failed')).toBe(1);
  });

  it('is remembered of a bounded number of texts', () => {
    const repeats = new Repeats();
    told(repeats, 3);
    for (let at = 0; at < 2000; at++) repeats.count(letters(at));
    expect(repeats.count('it failed')).toBe(1);
  });
});

/** Another word without digits for each number. */
function letters(number: number): string {
  return number.toString(26).replace(/\d/g, digit => 'qrstuvwxyz'.charAt(Number(digit)).toUpperCase());
}
