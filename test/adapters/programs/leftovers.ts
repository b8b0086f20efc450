/** `leftovers.ts of NAME`, `stale NAME…`, `sweep NAME`: prints what the function of that name gives, as JSON. */
import { leftoversOf, staleLeftovers, sweep } from '../../../src/adapters/leftovers.ts';
import { messageOf } from '../../../src/model/errors.ts';

const [verb, name = '', ...more] = process.argv.slice(2);
console.log(JSON.stringify(await run()));

async function run(): Promise<unknown> {
  if (verb === 'of') return leftoversOf(name).sort();
  if (verb === 'stale') return Object.fromEntries(staleLeftovers([name, ...more]));
  return (await sweep(name).catch(error => [messageOf(error)])).sort();
}
