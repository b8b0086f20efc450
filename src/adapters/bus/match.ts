import type { Message } from './message.ts';

/** Which signals a subscription wants; what is absent is not compared. See "Match Rules" in the specification. */
export interface Match {
  /** A bus name; signals get through only from the connection that owns it at the time. */
  sender: string;
  path?: string;
  /** This path and everything below. */
  pathNamespace?: string;
  interface?: string;
  member?: string;
  /** The first argument, a string. */
  arg0?: string;
  /** The first argument is this dotted name, or below it. */
  arg0namespace?: string;
}

/** The rule for the bus. */
export function matchRule(match: Match): string {
  const keys: [string, string | undefined][] = [
    ['type', 'signal'],
    ['sender', match.sender],
    ['path', match.path],
    ['path_namespace', match.pathNamespace],
    ['interface', match.interface],
    ['member', match.member],
    ['arg0', match.arg0],
    ['arg0namespace', match.arg0namespace],
  ];
  return keys.flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${quote(value)}`])).join(',');
}

/** Whether everything but the sender and the arguments fits; needs no look into the body. */
export function matchesHeader(match: Match, message: Message): boolean {
  return (
    (match.interface === undefined || match.interface === message.interface) &&
    (match.member === undefined || match.member === message.member) &&
    (match.path === undefined || match.path === message.path) &&
    (match.pathNamespace === undefined || isBelow(match.pathNamespace, message.path, '/'))
  );
}

/** `first` is the first argument, if that is a string. */
export function matchesArguments(match: Match, first: string | undefined): boolean {
  return (
    (match.arg0 === undefined || match.arg0 === first) &&
    (match.arg0namespace === undefined || (first !== undefined && isBelow(match.arg0namespace, first, '.')))
  );
}

function isBelow(namespace: string, name: string, separator: string): boolean {
  return name === namespace || name.startsWith(namespace === separator ? separator : namespace + separator);
}

function quote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
