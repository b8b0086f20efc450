import type { WriteStream } from 'node:tty';
import type { CtlError } from './exit.ts';
import { type Colour, cut, paint, printable } from './text.ts';

/**
 * What nspawnctl says: results on standard output, errors on standard error. Colour and the width of the
 * terminal matter only where the stream is one, so that pipes always get the same bytes.
 */
export class Output {
  readonly json: boolean;
  readonly #stdout: WriteStream;
  readonly #stderr: WriteStream;

  constructor(json: boolean, stdout = process.stdout, stderr = process.stderr) {
    this.json = json;
    this.#stdout = stdout;
    this.#stderr = stderr;
  }

  /** One line for people. */
  print(line: string): void {
    this.#stdout.write(`${line}\n`);
  }

  /** Several lines, or none. */
  printLines(lines: readonly string[]): void {
    for (const line of lines) this.print(line);
  }

  /** One line of a table: cut to the terminal's width, where there is one. */
  printCut(line: string): void {
    this.print(this.#stdout.isTTY ? cut(line, this.#stdout.columns) : line);
  }

  /** A whole result for programs: indented JSON. */
  printJson(value: unknown): void {
    this.#stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** One of a stream of results for programs: JSON on one line. */
  printJsonLine(value: unknown): void {
    this.#stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** Something that is worth knowing but is no result and no failure. */
  warn(message: string): void {
    this.#stderr.write(`nspawnctl: ${printable(message)}\n`);
  }

  /** An error, as a line for people (more where it is several) or, with --json, one JSON object for programs. */
  fail(error: CtlError): void {
    if (!this.json) for (const line of error.message.split('\n')) this.warn(line);
    else this.#stderr.write(`${JSON.stringify({ error: errorObject(error) })}\n`);
  }

  /** `text` in a colour, on a terminal and without NO_COLOR (https://no-color.org). */
  colour(colour: Colour, text: string): string {
    const wanted = this.#stdout.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
    return wanted ? paint(colour, text) : text;
  }

  /** Where a progress line may be drawn: standard error, if people look at it; undefined otherwise. */
  progressStream(): WriteStream | undefined {
    return this.#stderr.isTTY && !this.json && process.env.TERM !== 'dumb' ? this.#stderr : undefined;
  }
}

/** The form in which errors appear in JSON. */
export function errorObject(error: CtlError): { code: string; message: string } {
  return { code: error.code, message: error.message };
}
