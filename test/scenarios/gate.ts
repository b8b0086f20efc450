import type { Host } from '../host/index.ts';

/** A place in a guest's life at which it tells that it is there, and waits until the test lets it go on. */
export class Gate {
  readonly #host: Host;
  readonly #directory: string;

  private constructor(host: Host, directory: string) {
    this.#host = host;
    this.#directory = directory;
  }

  static async make(host: Host, name: string): Promise<Gate> {
    const directory = `/srv/gates/${name}`;
    await host.sh(`mkdir -p ${directory}; mkfifo ${directory}/here ${directory}/on`);
    return new Gate(host, directory);
  }

  /** For `binds` of the declaration. */
  get bind(): object {
    return { '/gate': { hostPath: this.#directory } };
  }

  /** Resolves when a guest is there. */
  async reached(): Promise<void> {
    await this.#host.run(['cat', `${this.#directory}/here`]);
  }

  /** Lets the guest go on, well or not, or with a command of its own. */
  async open(answer: boolean | string = true): Promise<void> {
    await this.#host.sh(`echo ${answer} >${this.#directory}/on`);
  }
}

/** What a guest does there, in shell; fails if it is not let go on well, or if the command fails. */
export const AT_GATE = 'echo here >/gate/here; read -r well </gate/on; $well';

/** A unit of the guest: its boot is not done before it is let go on. */
export const BOOT_GATE = {
  'gate.service': `[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c '${AT_GATE.replaceAll('$', '$$$$')}'\n`,
};

/** Runs what a system has in /etc/probe; it is healthy when it has none. */
export const PROBE = { command: ['/bin/sh', '-c', 'test ! -e /etc/probe || . /etc/probe'], timeout: '30s' };
/** For `extra.etc` of a guest: its health is asked at the gate. */
export const PROBE_GATE = { probe: `${AT_GATE}\n` };
