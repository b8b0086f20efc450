import { expect, test } from 'vitest';
import { encode } from '../../src/adapters/bus/bus.ts';
import { containerPath } from '../../src/model/object-path.ts';
import {
  interfacesOf,
  MANAGED_OBJECTS_SIGNATURE,
  ManagedObjects,
} from '../../src/service/managed-objects.ts';
import { viewOf } from './operations.ts';

// Names and reasons of every length modulo 8, so that every padding occurs.
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
  expect(objects.body(views.slice(1)).length).toBeLessThan(body.length);
  expect(objects.body(views)).toEqual(body);
});
