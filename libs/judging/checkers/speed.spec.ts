import { checkers, type CheckerName, pullOf } from './index.js';

const OUTPUT_BYTES = 16 * 1024 * 1024;
/** Of CPU, which a busy machine stretches less than time: many times what it takes, and far below a lease. */
const COMPARED_WITHIN_MS = 4000;

const filled = (pattern: string) => Buffer.alloc(OUTPUT_BYTES, pattern);
const ending = (pattern: string, end: string) => Buffer.concat([filled(pattern), Buffer.from(end)]);

// While it compares, the worker does nothing else: not even renew its leases.
describe('16 MiB of output are compared quickly', () => {
  it.each<[CheckerName, what: string, output: Buffer, answer: Buffer, accepted: boolean]>([
    ['exact', 'with a difference in the last byte', ending('1\n', '2'), ending('1\n', '3'), false],
    ['lines', 'of the shortest lines', filled('1\n'), filled('1\n'), true],
    ['lines', 'of empty lines before the difference', ending('\n', '2'), ending('\n', '3'), false],
    ['lines', 'in one line', ending('x', '2'), ending('x', '3'), false],
    ['lines', 'of lines that end with blanks', filled('1 \r\n'), Buffer.alloc(OUTPUT_BYTES / 2, '1\n'), true],
    ['tokens', 'of the shortest tokens', filled('1\n'), filled('1 '), true],
    ['tokens', 'in one token', ending('x', '2'), ending('x', '3'), false],
    ['tokens', 'of white space', ending(' ', '2'), ending('\n', '3'), false],
    [
      'floats',
      'of short numbers that are all written differently',
      filled('1.00\n'),
      Buffer.alloc(Math.ceil(OUTPUT_BYTES / 5) * 2, '1\n'),
      true,
    ],
    ['floats', 'of close numbers', filled('0.1234567\n'), filled('0.1234568\n'), true],
    ['floats', 'in one token of digits', filled('1'), filled('2'), false],
    ['cms', 'of the shortest tokens', filled('1\n'), filled('1\n'), true],
    ['dmoj', 'of the shortest tokens', filled('1\n'), filled('1\r'), true],
    ['kattis', 'of words in another case', filled('Yes\n'), filled('yES\n'), true],
    ['unordered-lines', 'of the shortest lines', filled('1\n'), filled('1\n'), true],
    ['unordered-tokens', 'of short tokens in another order', filled('1\n2\n'), filled('2\n1\n'), true],
    ['rcmp9', 'of short numbers', filled('1.5 '), filled('1.5\n'), true],
    ['ncmp', 'of short numbers', filled('15 '), filled('15\n'), true],
  ])('by %s, %s', (name, _what, output, answer, accepted) => {
    const before = process.cpuUsage();
    expect(checkers[name](pullOf(output), pullOf(answer), {}).accepted).toBe(accepted);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(COMPARED_WITHIN_MS);
  });
});
