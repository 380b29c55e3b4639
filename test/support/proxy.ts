import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';

/** What a request is to the proxy. */
export interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
}

/** A server between a client and a runner, which counts, and spoils what a test wants spoiled. */
export class Proxy {
  readonly seen: ProxiedRequest[] = [];
  /** Answers 404 itself. */
  hides: (request: ProxiedRequest) => boolean = () => false;
  /** Passes the request on and keeps the answer. */
  swallows: (request: ProxiedRequest) => boolean = () => false;
  /** Keeps its connection to the runner although the client is gone, as some proxies do. */
  keepsOpen = false;

  private constructor(
    private readonly server: http.Server,
    private readonly target: string,
  ) {
    server.on('request', (request, answer) => this.pass(request, answer));
  }

  static async start(target: string): Promise<Proxy> {
    const server = http.createServer();
    const proxy = new Proxy(server, target);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as net.AddressInfo).port}`;
  }

  count(method: string, path: RegExp): number {
    return this.seen.filter((one) => one.method === method && path.test(one.path)).length;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private pass(request: http.IncomingMessage, answer: http.ServerResponse): void {
    const one = { method: request.method ?? '', path: request.url ?? '' };
    this.seen.push(one);
    if (this.hides(one)) return void answer.writeHead(404).end('{}');
    const { method = 'GET', headers } = request;
    const onward = http.request(this.target + one.path, { method, headers }, (response) => {
      if (this.swallows(one)) {
        response.resume();
      } else {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      }
    });
    onward.once('error', () => answer.destroy());
    answer.once('close', () => this.keepsOpen || onward.destroy());
    request.pipe(onward);
  }
}
