/**
 * How a job ended, in the words of JobRemoved (org.freedesktop.systemd1(5)): `done`, `failed`, `timeout`,
 * `canceled`, `dependency`, `skipped`, …; `unknown` when PID 1 was re-executed meanwhile.
 */
export type JobResult = string;

/** More than can end between a reply and its being seen; what nobody asked about by then is somebody else's job. */
const KEPT = 1024;

/**
 * The results of PID 1's jobs. A job may have several waiters, for PID 1 answers who asks for what is under way already
 * with that job; and it may have ended before the reply that names it was seen, by one waiter or by the next.
 */
export class JobResults {
  readonly #ended = new Map<string, JobResult>();
  readonly #waiting = new Map<string, Set<(result: JobResult) => void>>();

  /** The jobs that somebody waits for. */
  get awaited(): string[] {
    return [...this.#waiting.keys()];
  }

  /** Resolves with the result; rejects with `late()` if that takes longer than the deadline. */
  of(job: string, deadlineMs: number, late: () => Error): Promise<JobResult> {
    const ended = this.#ended.get(job);
    if (ended !== undefined) return Promise.resolve(ended);
    return new Promise((resolve, reject) => {
      const waiters = this.#waiting.get(job) ?? new Set();
      this.#waiting.set(job, waiters);
      const waiter = (result: JobResult) => {
        clearTimeout(deadline);
        resolve(result);
      };
      const deadline = setTimeout(() => {
        waiters.delete(waiter);
        if (waiters.size === 0) this.#waiting.delete(job);
        reject(late());
      }, deadlineMs).unref();
      waiters.add(waiter);
    });
  }

  end(job: string, result: JobResult): void {
    this.#ended.set(job, result);
    if (this.#ended.size > KEPT) this.#ended.delete(this.#ended.keys().next().value as string);
    const waiters = this.#waiting.get(job) ?? [];
    this.#waiting.delete(job);
    for (const waiter of waiters) waiter(result);
  }
}
