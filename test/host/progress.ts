/** Says what takes long, on stderr: a line each, for a person who waits and for a log. */
export function progress(line: string): void {
  process.stderr.write(`nspawnd test hosts: ${line}\n`);
}
