/** Prints the last words of the machine NAME as JSON. */
import { Bus } from '../../../src/adapters/bus/bus.ts';
import { lastLinesOf, lastWords } from '../../../src/adapters/journal.ts';
import { Systemd1 } from '../../../src/adapters/systemd1.ts';
import { unitOf } from '../../../src/model/name.ts';

const [name = ''] = process.argv.slice(2);
const bus = await Bus.connect();
const systemd = await Systemd1.attach(bus, {
  unitChanged: () => undefined,
  mountsChanged: () => undefined,
  resync: () => undefined,
  failed,
  inDoubt: failed,
});
const { invocation } = await systemd.failureOf(name);
const words = async (of: string) => lastWords(await lastLinesOf(unitOf(name), of));
console.log(JSON.stringify([await words(invocation), await words('')]));
await bus.close();

function failed(...error: unknown[]): void {
  throw error.at(-1);
}
