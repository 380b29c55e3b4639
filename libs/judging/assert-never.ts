/** Unknown is never AC or WA: a value outside its type is a fault of ours. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected value: ${JSON.stringify(value)}`);
}
