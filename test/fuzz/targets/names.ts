import { isMachineName, nameOfUnit, unitOf } from '../../../src/model/name.ts';
import { containerName, containerPath, decodeLabel, encodeLabel } from '../../../src/model/object-path.ts';
import { echoed, quoted, sanitize, shortened } from '../../../src/model/text.ts';
import { formatTimeSpan, parseTimeSpan } from '../../../src/model/time-span.ts';
import { hostInterfaceNames } from '../../../src/render/interface-name.ts';
import { expect, expectEqual, expectHarmless } from '../expect.ts';
import { mutatedText, oddText } from '../generate/text.ts';
import { type Target, TURN_MS } from '../target.ts';

const SEEDS = [
  'web',
  'a.b',
  'x-y',
  'web1',
  'a_2eb',
  '_',
  '_31',
  'systemd-nspawn@web.service',
  '1min 30s',
  '2h30min',
  'infinity',
];

/** Names, paths, times and other texts that become part of something: never of another than was meant. */
export const names: Target<string> = {
  name: 'names',
  limitMs: TURN_MS,
  generate: random => (random.chance(0.5) ? oddText(random) : mutatedText(random, random.pick(SEEDS))),
  check(text) {
    checkName(text);
    checkLabel(text);
    checkShown(text);
    checkTime(text);
  },
};

function checkName(text: string): void {
  const isName = isMachineName(text);
  expectEqual(isName, isHostname(text), `whether ${quoted(text)} is a machine name`);
  if (!isName) return;
  expectEqual(nameOfUnit(unitOf(text)), text, 'the name of its unit');
  expectEqual(containerName(containerPath(text)), text, 'the name of its object');
  for (const name of hostInterfaceNames(text)) expect(/^ve-[!-~]+$/.test(name), `interface ${quoted(name)}`);
}

/** hostname_is_valid() of systemd, letter by letter. */
function isHostname(text: string): boolean {
  let atDot = true;
  let atHyphen = false;
  for (const c of text) {
    if (c === '.') {
      if (atDot || atHyphen) return false;
      [atDot, atHyphen] = [true, false];
    } else if (c === '-') {
      if (atDot) return false;
      [atDot, atHyphen] = [false, true];
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
      [atDot, atHyphen] = [false, false];
    } else return false;
  }
  return !atDot && !atHyphen && text.length > 0 && text.length <= 64;
}

function checkLabel(text: string): void {
  if (text.isWellFormed()) {
    const label = encodeLabel(text);
    expect(/^[A-Za-z0-9_]+$/.test(label), `label ${quoted(label)}`);
    expectEqual(decodeLabel(label), text, `decoding ${label}`);
  }
  const decoded = decodeLabel(text);
  if (decoded !== undefined) expectEqual(encodeLabel(decoded), text, 'encoding what was decoded');
}

function checkShown(text: string): void {
  expectHarmless(sanitize(text), text.length);
  expectHarmless(echoed(text), 256);
  expectHarmless(quoted(text), 256 * 12 + 2);
  expectHarmless(quoted(text, 10), 10 * 12 + 2);
  expect(shortened(text, 10).length <= 10, 'shortened too little');
  if (text.isWellFormed()) {
    expect(shortened(text, 10).isWellFormed(), 'a character cut in two');
    expectEqual(JSON.parse(quoted(text)), shortened(text), 'what was quoted');
  }
}

function checkTime(text: string): void {
  const ms = parseTimeSpan(text);
  if (ms === undefined) return;
  expect(ms >= 0, `${quoted(text)} is ${ms} ms`);
  const again = parseTimeSpan(formatTimeSpan(ms));
  if (again === ms) return;
  expect(
    again !== undefined && again >= ms && again - ms <= Math.max(1, ms * 1e-9),
    `a time span is not read back: ${formatTimeSpan(ms)} for ${ms} ms`,
  );
}
