import { expect, test } from 'vitest';
import { encode } from '../../src/adapters/bus/bus.ts';
import { containerPath } from '../../src/model/object-path.ts';
import {
  dictionaryOf,
  interfacesOf,
  MANAGED_OBJECTS_SIGNATURE,
  ManagedObjects,
} from '../../src/service/managed-objects.ts';
import { viewOf } from './operations.ts';

const views = Array.from({ length: 40 }, (_, index) =>
  viewOf('w'.repeat(index + 1), { reason: 'r'.repeat(index * 3), machine: index % 2 ? '/' : '/m' }),
);

test.each([0, 1, 2, 40])('the joined bytes of %i objects are those of the whole dictionary', count => {
  const some = views.slice(0, count);
  const whole = Object.fromEntries(some.map(view => [containerPath(view.name), interfacesOf(view)]));
  expect(new ManagedObjects().body(some)).toEqual(encode(MANAGED_OBJECTS_SIGNATURE, [whole]));
});

test('replies share one body until something changes', () => {
  const objects = new ManagedObjects();
  const body = objects.body(views);
  expect(objects.body([...views])).toBe(body);
  const changed = views.map((view, index) => (index === 7 ? { ...view, state: 'failed' as const } : view));
  const other = objects.body(changed);
  expect(other.includes('failed')).toBe(true);
  expect(objects.body(views)).toEqual(body);
  expect(objects.body(views.slice(0, -1)).length).toBeLessThan(body.length);
});

test('the entries of a dictionary may be of any length', () => {
  const entries = Array.from({ length: 20 }, (_, index): [string, string] => [
    `/p${index}`,
    'x'.repeat(index),
  ]);
  const encoded = entries.map(entry => encode('os', entry));
  expect(new Set(encoded.map(bytes => bytes.length % 8)).size).toBe(8);
  expect(dictionaryOf(encoded)).toEqual(encode('a{os}', [Object.fromEntries(entries)]));
});
