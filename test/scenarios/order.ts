import type { Host } from '../host/index.ts';

/** What PID 1 logs of a unit, by message ID (sd-messages.h): `starting`, `started` (that is, ready), … */
const WORDS = new Map([
  ['7d4958e842da4a758f6c1cdc7b36dcc5', 'starting'],
  ['39f53479d3a045ac8e11786248231fbf', 'started'],
  ['de5b426a63be47a7b6ac3eaac82e2f6f', 'stopping'],
  ['9d1aaa27d60140bd96365438aad20286', 'stopped'],
  ['be02cf6855d2428ba40df7e9d022f03d', 'failed'],
]);

/** From where on `stepsSince` reads. */
export async function cursor(host: Host): Promise<string> {
  const shown = await host.run(['journalctl', '-n', '0', '--show-cursor', '-q']);
  return shown.stdout.replace('-- cursor: ', '').trim();
}

/** What PID 1 did with the machines since then, in order: `starting db`, `started db`, `stopping web`, … */
export async function stepsSince(host: Host, since: string): Promise<string[]> {
  await host.run(['journalctl', '--sync']);
  const { stdout } = await host.run([
    ...['journalctl', '-q', '-o', 'json', '--output-fields=MESSAGE_ID,UNIT', `--after-cursor=${since}`],
    ...['_PID=1', ...[...WORDS.keys()].map(id => `MESSAGE_ID=${id}`)],
  ]);
  return stdout.split('\n').flatMap(line => {
    const { MESSAGE_ID = '', UNIT = '' } = line === '' ? {} : (JSON.parse(line) as Record<string, string>);
    const name = /^systemd-nspawn@(.+)\.service$/.exec(UNIT)?.[1];
    return name === undefined ? [] : [`${WORDS.get(MESSAGE_ID)} ${name}`];
  });
}
