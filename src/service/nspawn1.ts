import type { Bus } from '../adapters/bus/bus.ts';
import { Callers } from './callers.ts';
import { Dispatcher, mayChangeSomething } from './dispatch.ts';
import type { Operations, Publisher } from './operations.ts';
import { SignalPublisher } from './publish.ts';
import { CallScheduler } from './scheduler.ts';

export const BUS_NAME = 'org.nixos.nspawn1';

/**
 * Serves the objects of org.nixos.nspawn1 on `bus` from now on. Take the name with `bus.requestName(BUS_NAME)`
 * when the core is ready to answer: whoever sees the name, or was started after it, finds everything there.
 */
export function serveNspawn1(bus: Bus, operations: Operations): Publisher {
  const callers = new Callers(bus);
  const publisher = new SignalPublisher(bus, operations, () => dispatcher.changed());
  const dispatcher = new Dispatcher(bus, callers, operations, () => publisher.flush());
  const scheduler = new CallScheduler(bus, callers, call => dispatcher.dispatch(call), mayChangeSomething);
  bus.serve(call => scheduler.receive(call));
  return publisher;
}
