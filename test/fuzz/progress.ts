/** How many cases were run, in one line on a terminal, which is written over and over; nothing elsewhere. */
export class Progress {
  readonly #counts = new Map<string, number>();

  show(target: string, count: number): void {
    this.#counts.set(target, count);
    if (!process.stderr.isTTY) return;
    const text = [...this.#counts].map(([name, executions]) => `${name}: ${executions}`).join('  ');
    process.stderr.write(`\r\x1b[K${text}`);
  }

  end(target: string): void {
    this.#counts.delete(target);
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }
}
