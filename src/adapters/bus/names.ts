import { quoted } from '../../model/text.ts';
import { BusError, standardError } from './errors.ts';

// D-Bus specification, "Valid Names". A message with an invalid one makes the bus drop the whole connection.
const OBJECT_PATH = /^\/$|^(?:\/[A-Za-z0-9_]+)+$/;
const MEMBER = /^[A-Za-z_][A-Za-z0-9_]*$/;
const INTERFACE = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)+$/;
const BUS_NAME =
  /^(?::[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+|[A-Za-z_-][A-Za-z0-9_-]*(?:\.[A-Za-z_-][A-Za-z0-9_-]*)+)$/;
const MAX_LENGTH = 255;

export function isObjectPath(text: string): boolean {
  return OBJECT_PATH.test(text);
}

/** Throw `InvalidArgs` for a name that the bus would answer by disconnecting us. */
export function assertObjectPath(text: string): void {
  if (!isObjectPath(text)) refuse('object path', text);
}

export function assertMember(text: string): void {
  if (text.length > MAX_LENGTH || !MEMBER.test(text)) refuse('member name', text);
}

export function assertInterface(text: string): void {
  if (text.length > MAX_LENGTH || !INTERFACE.test(text)) refuse('interface name', text);
}

export function assertBusName(text: string): void {
  if (text.length > MAX_LENGTH || !BUS_NAME.test(text)) refuse('bus name', text);
}

function refuse(kind: string, text: string): never {
  throw new BusError(
    standardError('InvalidArgs'),
    `cannot send a message with ${quoted(text)}: not a valid ${kind}`,
  );
}
