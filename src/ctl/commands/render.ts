import { realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Declaration } from '../../model/declaration.ts';
import { messageOf } from '../../model/errors.ts';
import { isMachineName } from '../../model/name.ts';
import type { Command, Invocation } from '../command.ts';
import { CtlError, EXIT, usageError } from '../exit.ts';
import { readDeclaration } from '../input.ts';
import type { Output } from '../output.ts';

export const render: Command = {
  name: 'render',
  summary: 'Print the units of a declaration, without a daemon',
  operands: { usage: 'FILE', min: 1, max: 1 },
  options: {
    system: { value: 'PATH', summary: 'The system to run (default: what the profile points to now)' },
    'systemd-version': { value: 'N', summary: 'Render for this version of systemd (default: the newest)' },
  },
  description: [
    'Prints what the daemon would write for a declaration, a line with the path before each file. Nothing is written. The container has the name of the file without .json.',
    'Where the profile does not exist, its path stands for the system, with a note on standard error.',
    'With --json: an object with name, unit, system, fingerprint and files, an array of objects with path and content.',
  ],
  examples: [
    ['nspawnctl render /etc/nspawnd/containers/web.json', 'Show the units of one container.'],
    ['nspawnctl render web.json --system /nix/store/…-nixos-system-web', 'Show them for another system.'],
  ],
  run: async ({ operands: [file = ''], options, output }: Invocation) => {
    const systemdVersion = readVersion(options['systemd-version']);
    const [{ parseDeclaration }, { render: renderUnits }] = await Promise.all([
      import('../../model/declaration.ts'),
      import('../../render/render.ts'),
    ]);
    const name = nameOf(file);
    const declaration = await attempt(file, async () => parseDeclaration(readDeclaration(file)));
    const system = options.system ?? (await systemOf(declaration.path, output));
    const facts = await hostFacts(systemdVersion, output);
    await warnOfObstacles(declaration, output);
    const rendered = await attempt(file, async () => renderUnits(name, declaration, system, facts));
    const files = rendered.files.map(({ path, content }) => ({ path, content }));
    const { unit, fingerprint } = rendered;
    if (output.json) output.printJson({ name, unit, system, fingerprint, files });
    else
      output.print(
        files
          .map(({ path, content }) => `# ${path}\n${content}`)
          .join('\n')
          .trimEnd(),
      );
    return EXIT.ok;
  },
};

const NEWEST_SYSTEMD = 262;

function readVersion(text: string | undefined): number {
  if (text === undefined) return NEWEST_SYSTEMD;
  if (!/^[1-9][0-9]{1,3}$/.test(text)) {
    throw usageError(`cannot read '${text}' as a version of systemd (like '257')`, 'render');
  }
  return Number(text);
}

function nameOf(file: string): string {
  const name = basename(file, '.json');
  if (isMachineName(name)) return name;
  throw new CtlError(EXIT.failed, 'InvalidArgs', `cannot render ${file}: '${name}' is not a machine name`);
}

async function attempt<T>(file: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const message = `cannot render ${file}: ${messageOf(error)}`;
    throw new CtlError(EXIT.failed, 'InvalidDeclaration', message, { cause: error });
  }
}

/** What the profile points to, as the daemon would resolve it. */
async function systemOf(profile: string, output: Output): Promise<string> {
  try {
    return await realpath(profile);
  } catch (error) {
    output.warn(`${profile} stands for the system, it cannot be resolved: ${messageOf(error)}`);
    return profile;
  }
}

async function hostFacts(systemdVersion: number, output: Output) {
  const { cannotIdmap, readMachineId } = await import('../../adapters/host-facts.ts');
  return {
    machineId: machineIdOr(readMachineId, output),
    systemdVersion,
    cannotIdmap: cannotIdmap(),
  };
}

/** What the daemon would wait for before it starts a machine with these units. */
async function warnOfObstacles({ binds, userNamespace }: Declaration, output: Output): Promise<void> {
  const { obstacleOf } = await import('../../model/bind-source.ts');
  const { lookAtSource } = await import('../../adapters/bind-sources.ts');
  for (const bind of binds) {
    const why = obstacleOf(bind, userNamespace, lookAtSource(bind.hostPath));
    if (why !== undefined) output.warn(`the machine would not be started here: ${why}`);
  }
}

/** Build sandboxes have no machine ID: the guest's is then not the one that it will have. */
function machineIdOr(read: () => string, output: Output): string {
  try {
    return read();
  } catch (error) {
    output.warn(`MachineID= is not that of this host: ${messageOf(error)}`);
    return '0'.repeat(32);
  }
}
