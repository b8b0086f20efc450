import { join } from 'node:path';
import { bootHost, type Host } from '../host/index.ts';

/** Where hosts see this repository. */
const REPOSITORY = '/repository';

/** A host with Nix that sees this repository, read-only. */
export function bootNixHost(): Promise<Host> {
  const local = join(import.meta.dirname, '../..');
  return bootHost({ suite: 'forky', guests: false, mounts: { [REPOSITORY]: local } });
}

/** What a Nix expression is, all of it. In it `repository` is this repository, and there is no nixpkgs. */
export async function evaluate(host: Host, expression: string): Promise<unknown> {
  const { stdout } = await host.run(['nix-instantiate', '--eval', '--strict', '--json', '-'], {
    input: `let repository = ${REPOSITORY}; in ${expression}`,
  });
  return JSON.parse(stdout);
}

/** A JSON value as a Nix expression. */
export function inNix(value: unknown): string {
  const literal = JSON.stringify(value).replace(/[\\"$]/g, '\\$&');
  return `(builtins.fromJSON "${literal}")`;
}
