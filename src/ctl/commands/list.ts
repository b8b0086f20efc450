import { type Command, type Invocation, noOperands } from '../command.ts';
import { withDaemon } from '../daemon.ts';
import { EXIT } from '../exit.ts';
import { shortSystem, shortSystemsIn } from '../names.ts';
import { stateColour } from '../state.ts';
import { printable, table } from '../text.ts';

export const list: Command = {
  name: 'list',
  summary: 'List the containers, their states and systems',
  operands: noOperands,
  options: {},
  description: [
    'DESIRED is the system that the profile points to, RUNNING the one that the machine runs: the first letters of the store path’s hash and its version, or its name where it has none. Systems in the reason are shortened alike. On a terminal long lines are cut.',
    'With --json: an array of objects with all properties of each container, sorted by name.',
  ],
  examples: [
    ['nspawnctl list', 'Show a table.'],
    [
      'nspawnctl list --json | jq -r \'.[] | select(.state == "failed").name\'',
      'Names of those that failed.',
    ],
  ],
  run: invocation =>
    withDaemon(async daemon => {
      if (invocation.output.json) invocation.output.printJson(await daemon.containers());
      else printTable(invocation, await daemon.list());
      return EXIT.ok;
    }),
};

type Row = { name: string; state: string; reason: string; desired: string; running: string };

function printTable({ output }: Invocation, containers: readonly Row[]): void {
  if (containers.length === 0) {
    output.print('No containers declared. Put declarations into /etc/nspawnd/containers/NAME.json.');
    return;
  }
  const rows = containers.map(row => [
    printable(row.name),
    output.colour(stateColour(row.state), printable(row.state)),
    printable(shortSystem(row.desired)),
    printable(shortSystem(row.running)),
    printable(shortSystemsIn(row.reason)),
  ]);
  const [head = '', ...lines] = table([['NAME', 'STATE', 'DESIRED', 'RUNNING', 'REASON'], ...rows]);
  output.printCut(output.colour('bold', head));
  for (const line of lines) output.printCut(line);
}
