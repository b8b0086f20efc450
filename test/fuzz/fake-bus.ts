import { createServer, type Server, type Socket } from 'node:net';
import { encode } from '../../src/adapters/bus/encode.ts';
import { Framing } from '../../src/adapters/bus/framing.ts';
import {
  encodeHeader,
  METHOD_CALL,
  METHOD_RETURN,
  type Message,
  parseMessage,
} from '../../src/adapters/bus/message.ts';

/** Answers to what a daemon asks its bus, and polkit, by member. */
const ANSWERS: Readonly<Record<string, readonly [signature: string, body: readonly unknown[]]>> = {
  Hello: ['s', [':1.2']],
  RequestName: ['u', [1]],
  GetNameOwner: ['s', [':1.3']],
  GetConnectionUnixUser: ['u', [65534]],
  CheckAuthorization: ['(bba{ss})', [[false, false, {}]]],
};

/** A bus with one connection, to which it passes whatever it is told to. */
export class FakeBus implements AsyncDisposable {
  readonly address: string;
  /** What the connection sent and is no answer to the bus. */
  readonly received: Message[] = [];
  readonly #server: Server;
  #socket: Socket | undefined;
  #wake = Promise.withResolvers<void>();
  #isClosed = false;
  #serial = 1000;

  private constructor(path: string, server: Server) {
    this.address = `unix:path=${path}`;
    this.#server = server;
    server.on('connection', socket => this.#greet(socket));
  }

  static async listen(path: string): Promise<FakeBus> {
    const server = createServer();
    const bus = new FakeBus(path, server);
    await new Promise<void>(resolve => server.listen(path, resolve));
    return bus;
  }

  send(...bytes: Buffer[]): void {
    this.#socket?.write(Buffer.concat(bytes));
  }

  /** A reply that answers to `serial`, or undefined when the connection is closed before. */
  async replyTo(serial: number): Promise<Message | undefined> {
    for (;;) {
      const found = this.received.find(message => message.replySerial === serial);
      if (found !== undefined || this.#isClosed) return found;
      await this.#wake.promise;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket?.destroy();
    await new Promise(resolve => this.#server.close(resolve));
  }

  #greet(socket: Socket): void {
    this.#socket = socket;
    const framing = new Framing();
    const take = (chunk: Buffer) => {
      framing.push(chunk);
      for (let bytes = framing.next(); bytes !== undefined; bytes = framing.next())
        this.#take(parseMessage(bytes));
    };
    let isGreeted = false;
    let line = Buffer.alloc(0);
    socket.on('data', chunk => {
      if (isGreeted) return take(chunk);
      line = Buffer.concat([line, chunk]);
      if (line.includes('AUTH') && !line.includes('BEGIN')) socket.write(`OK ${'0'.repeat(32)}\r\n`);
      const end = line.indexOf('BEGIN\r\n');
      if (end < 0) return;
      isGreeted = true;
      if (end + 7 < line.length) take(line.subarray(end + 7));
    });
    // The other side may go at any time; `replyTo` tells.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#isClosed = true;
      this.#wake.resolve();
    });
  }

  #take(message: Message): void {
    if (message.type === METHOD_CALL) {
      this.#answer(message);
      return;
    }
    this.received.push(message);
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  #answer({ member, serial }: Message): void {
    const [signature, values] = ANSWERS[member] ?? ['', []];
    const body = encode(signature, values);
    const header = {
      type: METHOD_RETURN,
      serial: ++this.#serial,
      replySerial: serial,
      sender: 'org.freedesktop.DBus',
      signature,
    };
    this.send(encodeHeader(header as Parameters<typeof encodeHeader>[0], body.length), body);
  }
}
