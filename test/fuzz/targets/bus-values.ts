import { decodeBody } from '../../../src/adapters/bus/dbus-next.ts';
import { encode } from '../../../src/adapters/bus/encode.ts';
import { Random } from '../../scenarios/soak/random.ts';
import { expectEqual } from '../expect.ts';
import { someType, someValue } from '../generate/bus-value.ts';
import { type Target, TURN_MS } from '../target.ts';

/** What is sent on a bus arrives as it was sent. The input is a seed: not all values are JSON. */
export const busValues: Target<number> = {
  name: 'bus-values',
  limitMs: TURN_MS,
  generate: random => random.below(2 ** 32),
  check(seed) {
    const random = new Random(seed);
    const types = Array.from({ length: 1 + random.below(3) }, () => someType(random));
    const values = types.map(type => someValue(random, type));
    const signature = types.join('');
    const body = encode(
      signature,
      values.map(({ sent }) => sent),
    );
    const wanted = values.map(({ received }) => received);
    expectEqual(
      decodeBody(signature, body, true),
      wanted,
      `what arrives is not what was sent, a body of type ${signature}`,
    );
  },
};
