import net from 'node:net';
import type { ISocketFactory } from 'kafkajs';

/** Stands between a client and a server, and can cut the line. */
export class TcpProxy {
  readonly #server: net.Server;
  readonly #target: { host: string; port: number };
  readonly #pairs = new Set<{ client: net.Socket; upstream: net.Socket }>();
  #cut = false;

  private constructor(target: { host: string; port: number }) {
    this.#target = target;
    this.#server = net.createServer((client) => this.#accept(client));
  }

  /** @param address host:port of the server */
  static async to(address: string): Promise<TcpProxy> {
    const [host = '', port = ''] = address.split(':');
    const proxy = new TcpProxy({ host, port: Number(port) });
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** For openKafka: whichever address the broker advertises, the connection comes through here. */
  get socketFactory(): ISocketFactory {
    return ({ onConnect }) => net.connect(this.port, '127.0.0.1', onConnect);
  }

  /** Ends all connections and takes no more. */
  async cut(): Promise<void> {
    this.#cut = true;
    for (const { client, upstream } of this.#pairs) {
      client.resetAndDestroy();
      upstream.destroy();
    }
  }

  async restore(): Promise<void> {
    this.#cut = false;
  }

  /** What was asked still reaches the server, its answers do not reach the client, which is then cut off. */
  async dropAnswers(): Promise<void> {
    for (const { client, upstream } of this.#pairs) {
      upstream.unpipe(client);
      upstream.resume();
      // The next request goes through before the line is cut; without one, it is cut soon.
      const cut = (): void => void client.resetAndDestroy();
      const soon = setTimeout(cut, 100);
      client.once('data', () => setImmediate(cut));
      client.once('close', () => clearTimeout(soon));
    }
  }

  async close(): Promise<void> {
    await this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client: net.Socket): void {
    if (this.#cut) {
      client.resetAndDestroy();
      return;
    }
    const upstream = net.connect(this.#target.port, this.#target.host);
    const pair = { client, upstream };
    this.#pairs.add(pair);
    client.pipe(upstream);
    upstream.pipe(client);
    const end = (): void => {
      this.#pairs.delete(pair);
      client.destroy();
      // What the client has sent still gets there.
      upstream.end();
    };
    client.on('error', end);
    client.on('close', end);
    upstream.on('error', end);
    upstream.on('close', end);
  }
}
