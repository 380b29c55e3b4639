import { obstacle, type ProblemNeeds, type Restrictions } from './restrictions.js';

const may: Restrictions = {
  textOnly: true,
  inputBytes: 100,
  outputBytes: 200,
  timeLimitMs: 1000,
  memoryLimitBytes: 300,
};
const most: ProblemNeeds = {
  timeLimitMs: 1000,
  memoryLimitBytes: 300,
  longestInputBytes: 100,
  longestAnswerBytes: 200,
  allText: true,
};

describe('A problem on a restricted server', () => {
  it('is judged up to the very limits', () => expect(obstacle(most, may)).toBeNull());

  it.each<[string, Partial<ProblemNeeds>, RegExp]>([
    ['a longer input', { longestInputBytes: 101 }, /input of 101 bytes/],
    ['a longer answer', { longestAnswerBytes: 201 }, /answer of 201 bytes/],
    ['bytes that are no text', { allText: false }, /not UTF-8 text/],
    ['more memory', { memoryLimitBytes: 301 }, /memory limit of 301 bytes/],
    ['more time', { timeLimitMs: 1001 }, /time limit of 1001 ms/],
  ])('is refused with %s', (_what, more, why) => expect(obstacle({ ...most, ...more }, may)).toMatch(why));

  it('may hold any bytes where the server takes them', () =>
    expect(obstacle({ ...most, allText: false }, { ...may, textOnly: false })).toBeNull());
});
