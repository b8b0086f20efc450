import { describe, expect, test } from 'vitest';
import { quoted, sanitize, shortened } from '../../src/model/text.ts';

describe('text of somebody else', () => {
  test('is shown without what changes how a terminal shows it', () => {
    expect(sanitize('\u001b[31mred\u001b[0m \u009b31m \u202eabc\u2066 a\u200bb\u2028c\ue000')).toBe(
      'red  31m  abc  a b c',
    );
  });

  test('is shortened, and never in the middle of a character', () => {
    expect(shortened('a'.repeat(256))).toBe('a'.repeat(256));
    expect(shortened('a'.repeat(257))).toBe(`${'a'.repeat(255)}…`);
    expect(shortened('aaa😀bc', 5)).toBe('aaa…');
    expect(shortened('aaa😀bc', 6)).toBe('aaa😀…');
    expect(shortened('aaa😀bc', 6).isWellFormed()).toBe(true);
  });

  test('is quoted with what is not seen as escapes', () => {
    expect(quoted('web')).toBe('"web"');
    expect(quoted('a"b\n\u0085\u202e\ud800')).toBe(String.raw`"a\"b\n\u0085\u202e\ud800"`);
    expect(quoted('\u{e0001}')).toBe(String.raw`"\udb40\udc01"`);
    expect(quoted('x'.repeat(10_000_000)).length).toBe(258);
  });
});
