import { lstatSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { isMissing } from '../../adapters/files.ts';
import { DeclarationError, formatProblem } from '../../model/declaration/problem.ts';
import type { Declaration } from '../../model/declaration.ts';
import { messageOf } from '../../model/errors.ts';
import { DECLARATIONS, SETTINGS } from '../../model/paths.ts';
import { type Command, type Invocation, uniqueOperands } from '../command.ts';
import { CtlError, EXIT } from '../exit.ts';
import { hostWarnings } from '../host-warnings.ts';
import { readDeclaration, readStandardInput } from '../input.ts';
import { printable } from '../text.ts';

export const check: Command = {
  name: 'check',
  summary: 'Check declarations and settings, without a daemon',
  operands: { usage: '[FILE…]', min: 0, max: Number.POSITIVE_INFINITY },
  options: {},
  description: [
    'Says nothing and exits with 0 if each file is a valid declaration, else with 1 and a line for each problem. All files are checked; without any, those of this host: its settings, all declarations, and what lies among them under a name that no container can have. A file nspawnd.json that is not in a directory containers is taken for settings. A file’s name must be a machine name and .json; - reads standard input. Files given together are checked as the containers of one host: members of a zone whose network.veth.config.host differ are a problem of all but one, a circle of dependsOn is one of whoever closes it. Warnings go to standard error and leave the exit code: a host port that two of the files forward; a bind source for which the daemon would wait, and what is dangerous about a bind, as this host is now.',
    'With --json: an array of objects with file, problems and warnings; a valid file has no problems.',
  ],
  examples: [
    ['nspawnctl check', 'Check all declarations of this host, and its settings.'],
    ['nspawnctl check web.json db.json', 'Check two declarations, before they are put in place.'],
    ['nix eval --json .#containers.web | nspawnctl check -', 'Check what was just generated.'],
  ],
  run: async invocation => {
    const given = uniqueOperands(invocation);
    const { files, refused } = given.length > 0 ? { files: given, refused: [] } : await filesOfHost();
    const reports = [...refused, ...(await checkFiles(files))];
    report(invocation, reports);
    return reports.some(({ problems }) => problems.length > 0) ? EXIT.failed : EXIT.ok;
  },
};

/** What was found in a file: whole lines, each beginning with the file. */
interface Report {
  readonly file: string;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** What the daemon of this host would read, and what it refuses by its name. */
async function filesOfHost(): Promise<{ files: string[]; refused: Report[] }> {
  const { listDeclarations } = await import('../../adapters/declaration-files.ts');
  const { names, refused } = ifThere(() => listDeclarations()) ?? { names: [], refused: [] };
  const settings = ifThere(() => lstatSync(SETTINGS)) === undefined ? [] : [SETTINGS];
  return {
    files: [...settings, ...names.toSorted().map(name => `${DECLARATIONS}/${name}.json`)],
    refused: refused.map(problem => ({ file: DECLARATIONS, problems: [problem], warnings: [] })),
  };
}

function ifThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new CtlError(EXIT.failed, 'Failed', `cannot check this host: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function isSettings(file: string): boolean {
  const path = resolve(file);
  return basename(path) === basename(SETTINGS) && basename(dirname(path)) !== basename(DECLARATIONS);
}

async function checkFiles(files: readonly string[]): Promise<Report[]> {
  // The schema is loaded here, not by the commands that talk to the daemon.
  const { checkDeclaration } = await import('../../render/check.ts');
  const { parseDeclaration } = await import('../../model/declaration.ts');
  const { parseSettings } = await import('../../model/settings.ts');
  const forwarded = new Map<string, string>();
  const valid = new Map<string, Declaration>();
  const reports: Report[] = [];
  for (const file of files) {
    const text = await read(file);
    if (isSettings(file)) {
      reports.push({ file, problems: problemsOfSettings(file, text, parseSettings), warnings: [] });
      continue;
    }
    const problems = typeof text === 'string' ? problemsOf(file, text, checkDeclaration) : [text.problem];
    const declaration =
      typeof text === 'string' && problems.length === 0 ? parseDeclaration(text) : undefined;
    if (declaration !== undefined) valid.set(file, declaration);
    const ports = takenPorts(file, declaration?.network.forwardPorts ?? [], forwarded);
    const ofHost = declaration === undefined ? [] : await hostWarnings(file, declaration);
    reports.push({ file, problems, warnings: [...ports, ...ofHost.map(warning => `${file}: ${warning}`)] });
  }
  return withFleetProblems(reports, valid);
}

/** Adds what is wrong with the files beside each other, as containers of one host. */
async function withFleetProblems(
  reports: readonly Report[],
  valid: ReadonlyMap<string, Declaration>,
): Promise<Report[]> {
  const { fleetProblems } = await import('../../model/fleet.ts');
  // The later of two files with one name stands for it, and what comes from standard input has none.
  const named = [...valid]
    .filter(([file]) => file !== '-')
    .map(([file, one]) => [nameOf(file), one] as const);
  const found = fleetProblems(new Map(named));
  return reports.map(report => {
    const problem = valid.has(report.file) ? found.get(nameOf(report.file)) : undefined;
    return problem === undefined
      ? report
      : { ...report, problems: [`${report.file}: ${formatProblem(problem)}`] };
  });
}

function nameOf(file: string): string {
  return basename(file, '.json');
}

async function read(file: string): Promise<string | { problem: string }> {
  try {
    return file === '-' ? await readStandardInput() : readDeclaration(file);
  } catch (error) {
    return { problem: `${file}: cannot read it: ${messageOf(error)}` };
  }
}

function problemsOfSettings(
  file: string,
  text: string | { problem: string },
  parseSettings: (text: string) => unknown,
): string[] {
  if (typeof text !== 'string') return [text.problem];
  try {
    parseSettings(text);
    return [];
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
    return error.problems.map(problem => `${file}: ${formatProblem(problem)}`);
  }
}

function problemsOf(
  file: string,
  text: string,
  checkDeclaration: (file: string, text: string) => string[],
): string[] {
  // Standard input has no name that could be wrong.
  if (file === '-')
    return checkDeclaration('stdin.json', text).map(line => line.replace(/^stdin\.json/, '-'));
  const suffix = file.endsWith('.json') ? [] : [`${file}: the name of a declaration ends in .json`];
  return [...suffix, ...checkDeclaration(file, text)];
}

type Port = { readonly protocol: string; readonly hostPort: number };

/** Ports that an earlier file has; the others are noted in `taken`. */
function takenPorts(file: string, ports: readonly Port[], taken: Map<string, string>): string[] {
  return ports.flatMap(({ protocol, hostPort }, index) => {
    const port = `${protocol} port ${hostPort}`;
    const owner = taken.get(port);
    taken.set(port, owner ?? file);
    const field = `network.forwardPorts[${index}].hostPort`;
    return owner === undefined ? [] : [`${file}: ${field}: ${port} is forwarded by ${owner} too`];
  });
}

function report({ output }: Invocation, reports: readonly Report[]): void {
  if (output.json) {
    output.printJson(reports);
    return;
  }
  for (const { problems, warnings } of reports) {
    output.printLines(problems.map(printable));
    for (const warning of warnings) output.warn(`warning: ${warning}`);
  }
}
