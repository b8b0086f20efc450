import type { Host } from '../../host/index.ts';

/** One line of nspawnd's log. */
export interface Entry {
  readonly text: string;
  /** No bad weather explains it. */
  readonly isOdd: boolean;
}

/** SD_MESSAGE_UNIT_STARTING */
const STARTING = 'MESSAGE_ID=7d4958e842da4a758f6c1cdc7b36dcc5';
const UNIT = /^systemd-nspawn@(.+)\.service$/;

/** Warnings and errors that come of what is done here. */
const WEATHER = [
  /^[a-z]+: (failed|invalid|rolled-back|waiting|degraded): /,
  /^[a-z]+: (start|restart|switch) failed: /,
  /^[a-z]+: not healthy: /,
  // The last lines of what failed.
  /^[a-z]+: \| /,
  /^the system bus is gone/,
  // PID 1 is executed anew.
  /^cannot reconcile: Message recipient disconnected/,
];

interface Line {
  readonly MESSAGE?: string;
  readonly UNIT?: string;
  readonly SYSLOG_IDENTIFIER?: string;
}

/** What the host's journal says of nspawnd and of starts, read on from where it was read before. */
export class Journal {
  readonly #host: Host;
  readonly #starts = new Map<string, number>();
  #cursor = '';

  constructor(host: Host) {
    this.#host = host;
  }

  async begin(): Promise<void> {
    await this.#journalctl('-n', '0');
  }

  async read(): Promise<Entry[]> {
    const after = `--after-cursor=${this.#cursor}`;
    const lines = await this.#journalctl(after, 'SYSLOG_IDENTIFIER=nspawnd', '+', STARTING);
    for (const { UNIT: unit = '', SYSLOG_IDENTIFIER } of lines) {
      const name = UNIT.exec(unit)?.[1];
      if (name !== undefined && SYSLOG_IDENTIFIER !== 'nspawnd')
        this.#starts.set(name, (this.#starts.get(name) ?? 0) + 1);
    }
    return lines.filter(({ SYSLOG_IDENTIFIER }) => SYSLOG_IDENTIFIER === 'nspawnd').map(entryOf);
  }

  /** How often a machine was started since that was last asked. */
  takeStarts(name: string): number {
    const starts = this.#starts.get(name) ?? 0;
    this.#starts.delete(name);
    return starts;
  }

  /** The last of it, for people. */
  async recent(): Promise<string> {
    const matches =
      'SYSLOG_IDENTIFIER=nspawnd + SYSLOG_IDENTIFIER=systemd-nspawn + SYSLOG_IDENTIFIER=systemd';
    return this.#host.sh(
      `journalctl --sync; journalctl -n 400 -o short-precise --no-hostname -q ${matches} | grep -v 'pids.max\\|modprobe@\\|: \\[ *OK'`,
    );
  }

  async #journalctl(...args: string[]): Promise<Line[]> {
    const options = '-q -o json --output-fields=MESSAGE,UNIT,SYSLOG_IDENTIFIER --show-cursor';
    const quoted = args.map(arg => `'${arg}'`).join(' ');
    const said = await this.#host.sh(`journalctl --sync; journalctl ${options} ${quoted}`);
    const lines = said.split('\n').filter(line => line !== '');
    const cursor = lines.find(line => line.startsWith('-- cursor: '));
    if (cursor !== undefined) this.#cursor = cursor.slice('-- cursor: '.length);
    return lines.filter(line => line.startsWith('{')).map(line => JSON.parse(line) as Line);
  }
}

function entryOf({ MESSAGE: text = '' }: Line): Entry {
  try {
    const { level, msg } = JSON.parse(text) as { level: number; msg: string };
    return { text: `${level} ${msg}`, isOdd: level >= 40 && !WEATHER.some(each => each.test(msg)) };
  } catch {
    // Not one of its lines of JSON: Node's own last words.
    return { text, isOdd: true };
  }
}
