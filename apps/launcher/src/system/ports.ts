import { createServer } from 'node:net';
import { listenerOn } from '../processes/proc.js';
import { Refusal } from '../refusal.js';

/** The error code of listening there; null when it works. Without a host: on all addresses. */
export function listenError(port: number, host?: string): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, ...(host === undefined ? {} : { host }), exclusive: true }, () =>
      server.close(() => resolve(null)),
    );
  });
}

/** Throws Refusal that names the holder of the port and the setting to change. */
export async function requireFreePort(setting: string, port: number, host?: string): Promise<void> {
  const code = await listenError(port, host);
  if (code === null) return;
  if (code === 'EADDRINUSE') {
    const holder = listenerOn(port) ?? 'another process';
    throw new Refusal(
      `Port ${port} is in use by ${holder}. Stop it, or choose another: ${setting}=${port + 10} npm start`,
    );
  }
  if (code === 'EACCES') {
    throw new Refusal(`This user may not listen on port ${port}. Choose one above 1023: ${setting}=3000 npm start`);
  }
  throw new Refusal(
    `Port ${port} of ${host ?? 'this machine'} cannot be used (${code}). Change ${setting} or its host.`,
  );
}

/** The first port from `from` on that is free on 127.0.0.1. */
export async function freePort(from: number, tries: number): Promise<number> {
  for (let port = from; port < from + tries; port++) {
    if ((await listenError(port, '127.0.0.1')) === null) return port;
  }
  throw new Refusal(`No free port from ${from} to ${from + tries - 1} on 127.0.0.1 for the database.`);
}
