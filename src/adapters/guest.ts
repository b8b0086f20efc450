/** How a guest's own systemd sees it. */
export interface GuestHealth {
  readonly state: string;
  readonly failedUnits: readonly string[];
}
export interface GuestRun {
  readonly result: 'done' | 'failed' | 'timeout';
  readonly exitStatus: number;
  readonly output: string;
}
export interface GuestRunOptions {
  readonly timeoutMs: number;
  readonly keep?: boolean;
  readonly fresh?: boolean;
  readonly signal?: AbortSignal;
  readonly environment?: readonly string[];
}
export class Guest {
  static async connect(
    _name: string,
    _options: { signal?: AbortSignal; log: (level: 'warn' | 'error', message: string) => void },
  ): Promise<Guest | undefined> {
    return undefined;
  }
  health(_options: { signal?: AbortSignal; timeoutMs: number }): Promise<GuestHealth> {
    throw new Error('stub');
  }
  run(_unit: string, _command: readonly string[], _options: GuestRunOptions): Promise<GuestRun> {
    throw new Error('stub');
  }
  async close(): Promise<void> {}
}
