import type { WriteStream } from 'node:tty';
import type { Output } from './output.ts';
import { cut, printable } from './text.ts';
import { span } from './time.ts';

/**
 * One line on the terminal that tells what is being waited for and for how long, and is gone afterwards.
 * Draws nothing where standard error is no terminal, and nothing before `delay` (ms) is over.
 */
export class Progress {
  readonly #stream: WriteStream | undefined;
  readonly #start = performance.now();
  readonly #delay: number;
  readonly #timer: NodeJS.Timeout | undefined;
  #text: string;
  #drawn = false;

  constructor(output: Output, text: string, delay = 0) {
    this.#stream = output.progressStream();
    this.#text = text;
    this.#delay = delay;
    // Redrawn for the clock in it, and for the first time when the delay is over.
    this.#timer = this.#stream && setInterval(() => this.#draw(), 1000).unref();
    this.#draw();
  }

  /** Replaces the text. */
  show(text: string): void {
    this.#text = text;
    this.#draw();
  }

  /** Takes the line away for good. */
  end(): void {
    clearInterval(this.#timer);
    if (this.#drawn) this.#stream?.write('\r\x1b[K');
  }

  #draw(): void {
    const elapsed = performance.now() - this.#start;
    if (this.#stream === undefined || elapsed < this.#delay) return;
    const clock = elapsed < 1000 ? '' : ` (${span(Math.floor(elapsed / 1000) * 1_000_000, 2)})`;
    this.#stream.write(`\r\x1b[K${cut(`${printable(this.#text)}${clock}`, this.#stream.columns - 1)}`);
    this.#drawn = true;
  }
}
