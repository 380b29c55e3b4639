/**
 * `node guest-clients.js URL COUNT`: strangers of the paiza API, half with A+B and half with endless loops, each beginning
 * anew when it has its answer or is told that the queue is full. A process of its own, until it is ended.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { RunnerHttp } from '#libs/paiza/http.js';
import type { WireCreated } from '#libs/paiza/wire.js';

/** What the npm package paiza-io waits between two looks. */
const PAUSE_MS = 1_000;
const [, , url = '', count = '0'] = process.argv;
const http = new RunnerHttp(url, null);

const SUM = 'read a b; echo $((a + b))';
const ENDLESS = 'while :; do :; done';

async function call(method: 'GET' | 'POST', path: string, query: Record<string, string>): Promise<WireCreated> {
  const { body } = await http.send({ method, path, query: { api_key: 'guest', ...query }, answerTimeoutMs: 60_000 });
  return JSON.parse(body.toString()) as WireCreated;
}

async function client(at: number): Promise<never> {
  for (;;) {
    const source = at % 2 === 0 ? SUM : ENDLESS;
    const program = { language: 'bash', source_code: `${source} # ${at}`, input: '2 3' };
    const { id } = await call('POST', '/runners/create', program);
    for (let open = id !== undefined; open;) {
      await sleep(PAUSE_MS);
      open = (await call('GET', '/runners/get_status', { id: id ?? '' })).status === 'running';
    }
    if (id === undefined) await sleep(PAUSE_MS);
  }
}

await Promise.all(
  Array.from({ length: Number(count) }, async (_, at) => {
    // Not all in the same instant.
    await sleep((at * PAUSE_MS) / Number(count));
    return client(at);
  }),
);
