import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { seen } from './outside.js';

/**
 * Things outside of the sandbox that an attack would reach if it got out, made for nothing else: a file that anybody may
 * write, a process of the very user that programs have on the host, and listening sockets of each kind.
 */
export class Canaries {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'saiban-canary-'));
  readonly file = path.join(this.folder, 'answer');
  readonly socketPath = path.join(this.folder, 'socket');
  readonly abstractName = `saiban-canary-${randomBytes(6).toString('hex')}`;
  /** The file's content: whoever prints it has read it. */
  readonly secret = randomBytes(12).toString('hex');
  private readonly servers: net.Server[] = [];
  private connections = 0;
  private process: ChildProcess | null = null;
  private user: { uid: number; gid: number } | null = null;
  private tcpPort = 0;

  async open(): Promise<void> {
    // Nothing but the sandbox protects what is in here.
    chmodSync(this.folder, 0o777);
    this.writeFile();
    for (const where of [
      { port: 0, host: '127.0.0.1' },
      { path: this.socketPath },
      { path: `\0${this.abstractName}` },
    ]) {
      const server = net.createServer((socket) => {
        this.connections++;
        socket.on('error', () => undefined).end();
      });
      await once(server.listen(where), 'listening');
      this.servers.push(server);
      const address = server.address();
      if (address !== null && typeof address === 'object') this.tcpPort = address.port;
    }
    chmodSync(this.socketPath, 0o777);
  }

  get port(): number {
    return this.tcpPort;
  }

  get pid(): number {
    if (!this.process?.pid) throw new Error('The canary process is not running.');
    return this.process.pid;
  }

  /** A process of that user of the host; null where programs run as ourselves. */
  async startProcess(user: { uid: number; gid: number } | null): Promise<void> {
    this.user = user;
    // Ends with us: its input is our pipe.
    const child = spawn('cat', [], { stdio: ['pipe', 'ignore', 'ignore'], cwd: '/', ...user });
    await once(child, 'spawn');
    this.process = child;
  }

  /** What an attack has done to them; mends it for the next one. */
  async harm(): Promise<string[]> {
    const harm: string[] = [];
    // What connected is told by an event that may still be on its way.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.connections > 0) harm.push(`${this.connections} connections to a service outside`);
    this.connections = 0;
    const state = seen(this.pid)?.state;
    if (state !== 'S' && state !== 'R') {
      harm.push(`the process outside is ${state === 'T' ? 'stopped' : 'dead'}`);
      await this.endProcess();
      await this.startProcess(this.user);
    }
    if (this.fileIsHarmed()) {
      harm.push('the file outside is changed');
      this.writeFile();
    }
    return harm;
  }

  async close(): Promise<void> {
    await this.endProcess();
    for (const server of this.servers) server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private writeFile(): void {
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(this.file, this.secret);
    chmodSync(this.file, 0o666);
  }

  private fileIsHarmed(): boolean {
    try {
      const { mode, nlink } = statSync(this.file);
      return readFileSync(this.file, 'utf8') !== this.secret || (mode & 0o777) !== 0o666 || nlink !== 1;
    } catch {
      return true;
    }
  }

  private async endProcess(): Promise<void> {
    const child = this.process;
    this.process = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}
