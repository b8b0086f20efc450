import { encode, Variant } from '../adapters/bus/bus.ts';
import type { Interface } from './declaration.ts';

/** All properties as the dictionary `a{sv}`. */
export function allProperties<State>(declaration: Interface<State>, state: State): Record<string, Variant> {
  const entries = Object.entries(declaration.properties);
  return Object.fromEntries(entries.map(([name, { type, get }]) => [name, new Variant(type, get(state))]));
}

/** Those that announce their changes and whose value differs. */
export function changedProperties<State>(
  declaration: Interface<State>,
  before: Record<string, Variant>,
  after: Record<string, Variant>,
): Record<string, Variant> {
  const announced = Object.entries(after).filter(([name]) => declaration.properties[name]?.emits === 'true');
  return Object.fromEntries(announced.filter(([name, value]) => !sameValue(before[name], value)));
}

function sameValue(one: Variant | undefined, other: Variant): boolean {
  if (one?.value === other.value) return true;
  return one !== undefined && encode('v', [one]).equals(encode('v', [other]));
}
