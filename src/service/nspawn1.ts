import type { Bus } from '../adapters/bus/bus.ts';
import { Dispatcher } from './dispatch.ts';
import type { Operations, Publisher } from './operations.ts';
import { SignalPublisher } from './publish.ts';

export const BUS_NAME = 'org.nixos.nspawn1';

/**
 * Serves the objects of org.nixos.nspawn1 on `bus` from now on. Take the name with `bus.requestName(BUS_NAME)`
 * when the core is ready to answer: whoever sees the name, or was started after it, finds everything there.
 */
export function serveNspawn1(bus: Bus, operations: Operations): Publisher {
  const publisher = new SignalPublisher(bus, operations);
  const dispatcher = new Dispatcher(bus, operations, () => publisher.flush());
  bus.serve(call => dispatcher.dispatch(call));
  return publisher;
}
