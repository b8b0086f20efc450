import { expect, test } from 'vitest';
import { encode } from '../../src/adapters/bus/bus.ts';
import { containerPath } from '../../src/model/object-path.ts';
import { arrayOf } from '../../src/service/encoded-views.ts';
import {
  interfacesOf,
  MANAGED_OBJECTS_SIGNATURE,
  managedObjects,
} from '../../src/service/managed-objects.ts';
import { Replies } from '../../src/service/replies.ts';
import { viewOf } from './operations.ts';

const views = Array.from({ length: 40 }, (_, index) =>
  viewOf('w'.repeat(index + 1), { reason: 'r'.repeat(index * 3), machine: index % 2 ? '/' : '/m' }),
);

test.each([0, 1, 2, 40])('the joined bytes of %i objects are those of the whole dictionary', count => {
  const some = views.slice(0, count);
  const whole = Object.fromEntries(some.map(view => [containerPath(view.name), interfacesOf(view)]));
  expect(managedObjects.body(some)).toEqual(encode(MANAGED_OBJECTS_SIGNATURE, [whole]));
});

test('an object that changed is told as it is now', () => {
  const body = managedObjects.body(views);
  const changed = views.map((view, index) => (index === 7 ? { ...view, state: 'failed' as const } : view));
  expect(managedObjects.body(changed).includes('failed')).toBe(true);
  expect(managedObjects.body(views)).toEqual(body);
});

test('replies share one body until something changes', () => {
  const replies = new Replies();
  let encoded = 0;
  const get = (state: object, key: string) => replies.get(state, key, () => encode('u', [++encoded]));
  const [one, other] = [{}, {}];
  const body = get(one, 'GetAll');
  expect(get(one, 'GetAll')).toBe(body);
  expect(get(one, 'Get')).not.toEqual(body);
  expect(get(other, 'GetAll')).not.toEqual(body);
  replies.forget(one);
  expect(get(one, 'GetAll')).not.toEqual(body);
});

test('the entries of a dictionary may be of any length', () => {
  const entries = Array.from({ length: 20 }, (_, index): [string, string] => [
    `/p${index}`,
    'x'.repeat(index),
  ]);
  const encoded = entries.map(entry => encode('os', entry));
  expect(new Set(encoded.map(bytes => bytes.length % 8)).size).toBe(8);
  expect(arrayOf(encoded)).toEqual(encode('a{os}', [Object.fromEntries(entries)]));
});
