import { parseSettings } from '../../../src/model/settings.ts';
import { expectEqual } from '../expect.ts';
import { someSettings } from '../generate/declaration.ts';
import { anyJson, hugeText, jsonText, mutatedJson } from '../generate/json.ts';
import { mutatedText, oddText } from '../generate/text.ts';
import { type Target, TURN_MS } from '../target.ts';
import { accepted } from './declarations.ts';

/** The daemon's settings: refused with a reason, or within what the daemon can work with. */
export const settings: Target<string> = {
  name: 'settings',
  limitMs: TURN_MS,
  generate(random) {
    const kind = random.below(500);
    if (kind === 0) return hugeText(random, ['parallel', 'logLevel', 'x']);
    if (kind < 50) return jsonText(random, anyJson(random));
    const made = someSettings(random);
    if (kind < 150) return jsonText(random, mutatedJson(random, made));
    if (kind < 250) return mutatedText(random, jsonText(random, made));
    return kind < 300 ? oddText(random, 20) : jsonText(random, made);
  },
  check(text) {
    const read = accepted(() => parseSettings(text));
    if (read === undefined) return;
    const bounded = (count: number) => Number.isInteger(count) && count >= 1 && count <= 64;
    const { parallel, maxDown, logLevel } = read;
    expectEqual([bounded(parallel), maxDown === null || bounded(maxDown)], [true, true], 'bounds');
    expectEqual(typeof logLevel, 'string', 'logLevel');
  },
};
