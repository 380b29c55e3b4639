import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue, Worker } from 'bullmq';
import { migrateQueue, queueConnection } from '#libs/queue/connection.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

// A queue through a door that answers like a database that is still starting, until it is opened.

const QUEUE = 'patience';

let database: TestDatabase;
let door: Server;
let url: string;
let open: boolean;
let refused: number;
let sockets: Socket[];

/** What Postgres says while it recovers: an ErrorResponse with severity, SQLSTATE and message. */
function startingUp(): Buffer {
  const fields = Buffer.from('SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0');
  const length = Buffer.alloc(4);
  length.writeInt32BE(fields.length + 4);
  return Buffer.concat([Buffer.from('E'), length, fields]);
}

function admit(client: Socket, { hostname, port }: URL): void {
  sockets.push(client);
  client.on('error', () => undefined);
  if (!open) {
    refused++;
    client.once('data', () => client.end(startingUp()));
    return;
  }
  const server = connect(Number(port), hostname);
  server.on('error', () => client.destroy());
  client.pipe(server).pipe(client);
}

beforeAll(async () => {
  database = await createTestDatabase();
  await migrateQueue({ databaseUrl: database.url, redisUrl: null });
});

beforeEach(async () => {
  open = false;
  refused = 0;
  sockets = [];
  const target = new URL(database.url);
  door = createServer((client) => admit(client, target)).listen(0, '127.0.0.1');
  await once(door, 'listening');
  const through = new URL(database.url);
  through.host = `127.0.0.1:${(door.address() as AddressInfo).port}`;
  url = through.href;
});

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  door.close();
});
afterAll(() => database.drop());

const connection = () => queueConnection({ databaseUrl: url, redisUrl: null });

describe('a queue that is made while its database is starting', () => {
  it('refuses until the database is up, and works from then on', async () => {
    const queue = new Queue(QUEUE, { connection: connection() });
    queue.on('error', () => undefined);
    await expect(queue.add('early', {})).rejects.toThrow('starting up');
    open = true;
    await queue.add('late', {});
    expect(await queue.getJobCounts('wait')).toEqual({ wait: 1 });
    await queue.close();
  });

  it('has a worker that tries now and then without stopping its process, and takes the job when the database is up', async () => {
    const taken: string[] = [];
    const options = { connection: connection(), runRetryDelay: 200 };
    const worker = new Worker(QUEUE, async (job) => void taken.push(job.name), options);
    worker.on('error', () => undefined);
    const before = performance.now();
    await sleep(1_000);
    expect(performance.now() - before).toBeLessThan(3_000);
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(40);
    open = true;
    while (taken.length === 0) await sleep(50);
    expect(taken).toEqual(['late']);
    await worker.close();
  }, 30_000);
});
