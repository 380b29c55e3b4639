/** The 34 languages of the paiza reference, by their ids there, with the names people know them by. */
export const languageNames = {
  c: 'C',
  cpp: 'C++',
  'objective-c': 'Objective-C',
  java: 'Java',
  kotlin: 'Kotlin',
  scala: 'Scala',
  swift: 'Swift',
  csharp: 'C#',
  go: 'Go',
  haskell: 'Haskell',
  erlang: 'Erlang',
  perl: 'Perl',
  python: 'Python 2',
  python3: 'Python 3',
  ruby: 'Ruby',
  php: 'PHP',
  bash: 'Bash',
  r: 'R',
  javascript: 'JavaScript (Node.js)',
  coffeescript: 'CoffeeScript',
  vb: 'Visual Basic',
  cobol: 'COBOL',
  fsharp: 'F#',
  d: 'D',
  clojure: 'Clojure',
  elixir: 'Elixir',
  mysql: 'MySQL (MariaDB)',
  rust: 'Rust',
  scheme: 'Scheme',
  commonlisp: 'Common Lisp',
  nadesiko: 'Nadesiko (なでしこ)',
  typescript: 'TypeScript',
  brainfuck: 'Brainfuck',
  plain: 'Plain text',
} as const;

export type LanguageId = keyof typeof languageNames;
export const languageIds = Object.keys(languageNames) as LanguageId[];
export const isLanguageId = (id: string): id is LanguageId => Object.hasOwn(languageNames, id);

export type LanguageState = 'ready' | 'installing' | 'failed' | 'missing';

/** One language as a runner, a worker's heartbeat and `GET /api/languages` report it. */
export interface LanguageStatus {
  readonly id: string;
  readonly name: string;
  /** What the compiler or interpreter says of itself; empty unless ready. */
  readonly version: string;
  readonly state: LanguageState;
  /** Why it is not ready, for people. */
  readonly reason?: string;
}
