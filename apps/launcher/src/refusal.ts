/** What the person at the keyboard can put right: the message says what is wrong and what to do. Ends with exit code 1. */
export class Refusal extends Error {}
