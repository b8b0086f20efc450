import type { Message } from './message.ts';
import { ARRAY, DICT_ENTRY, OBJECT_PATH, parseSignature, STRING, type Type, VARIANT } from './signature.ts';
import { DEFAULT_LIMITS, Scanner } from './validate.ts';

/** The part of a message that is looked into. */
export type Body = Pick<Message, 'signature' | 'body' | 'littleEndian' | 'limits'>;

/**
 * The argument at `index`, counted from 0, if it is a string or an object path; no other is decoded. Throws as
 * `validateBody` when it is not to be had for what comes before it.
 */
export function textArgument(body: Body, index: number): string | undefined {
  const [type, scanner] = argument(body, index);
  return isText(type) ? scanner.text().toString() : undefined;
}

/**
 * The text at `key` of the dictionary (`a{sv}`) that is the argument at `index`; undefined when it isn't there, or is no
 * string or object path. Nothing else is decoded, and what comes after it is not even looked at. Throws as
 * `validateBody`.
 */
export function textAt(body: Body, index: number, key: string): string | undefined {
  const [type, scanner] = argument(body, index);
  const entry = type?.code === ARRAY ? type.children[0] : undefined;
  if (entry?.code !== DICT_ENTRY) return undefined;
  const [keyType, valueType] = entry.children;
  if (keyType?.code !== STRING || valueType?.code !== VARIANT) return undefined;
  const wanted = Buffer.from(key);
  const end = scanner.enterArray(entry);
  while (scanner.at < end) {
    scanner.align(8);
    if (!wanted.equals(scanner.text())) scanner.skip(valueType);
    else return isText(scanner.variantType()) ? scanner.text().toString() : undefined;
  }
  return undefined;
}

function argument(
  { signature, body, littleEndian, limits }: Body,
  index: number,
): [Type | undefined, Scanner] {
  const scanner = new Scanner(body, littleEndian, limits ?? DEFAULT_LIMITS);
  const types = parseSignature(signature);
  for (const type of types.slice(0, index)) scanner.skip(type);
  return [types[index], scanner];
}

function isText(type: Type | undefined): boolean {
  return type?.code === STRING || type?.code === OBJECT_PATH;
}
