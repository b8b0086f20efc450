import type { Random } from '../../scenarios/soak/random.ts';

const WORDS = [
  0,
  1,
  2,
  3,
  4,
  5,
  7,
  8,
  15,
  16,
  63,
  64,
  127,
  128,
  255,
  256,
  0x7fff_ffff,
  0x8000_0000,
  0xffff_ffff,
  2 ** 26,
  2 ** 26 + 1,
];
/** Type codes, NUL, both endiannesses, and what is in signatures and names. */
const BYTES = [...Buffer.from('ybnqiuxtdsogvh(){}ar\0\x01\x02\x03\x04\x05\x08lB/.:_\xff\x80', 'latin1')];

/** Some edits of bytes that mean something. */
export function mutatedBytes(
  random: Random,
  bytes: Buffer,
  edits = 1 + random.below(4),
): Buffer<ArrayBuffer> {
  let mutated = Buffer.from(bytes);
  for (let edit = 0; edit < edits; edit++) mutated = edited(random, mutated);
  return mutated;
}

function edited(random: Random, bytes: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + random.below(12));
  switch (random.below(8)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
    case 3:
    case 4:
      if (bytes.length < 4) return bytes;
      bytes.writeUInt32LE(random.pick(WORDS), Math.min(at - (at % 4), bytes.length - 4));
      return bytes;
    default:
      if (at < bytes.length) bytes[at] = random.chance(0.7) ? random.pick(BYTES) : random.below(256);
      return bytes;
  }
}
