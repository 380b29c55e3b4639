/** Where there is no terminal to rewrite a line on, one is added this often. */
const LINE_EVERY_MS = 10_000;
const REWRITE_EVERY_MS = 1_000;

/** What the launcher prints: lines, and while something takes long one line that tells how far it is. */
export class Screen {
  private step: { title: string; detail: string; startedAt: number; timer: NodeJS.Timeout } | null = null;

  constructor(private readonly out: NodeJS.WriteStream = process.stdout) {}

  /** Bound, to be handed on. */
  readonly say = (line: string): void => {
    this.erase();
    this.out.write(`${line}\n`);
    if (this.step !== null && this.out.isTTY) this.draw();
  };

  /** Shows that something is going on until `work` ends. `detail` may be called with how far it is. */
  async during<T>(title: string, work: (detail: (text: string) => void) => Promise<T>): Promise<T> {
    const everyMs = this.out.isTTY ? REWRITE_EVERY_MS : LINE_EVERY_MS;
    const step = { title, detail: '', startedAt: Date.now(), timer: setInterval(() => this.draw(), everyMs) };
    this.step = step;
    if (this.out.isTTY) this.draw();
    try {
      const outcome = await work((text) => (step.detail = text));
      this.erase();
      this.out.write(`${title}: done${seconds(step.startedAt) < 2 ? '' : ` in ${seconds(step.startedAt)} s`}\n`);
      return outcome;
    } finally {
      clearInterval(step.timer);
      this.erase();
      this.step = null;
    }
  }

  private draw(): void {
    if (this.step === null) return;
    const { title, detail, startedAt } = this.step;
    const text = `${title} … ${seconds(startedAt)} s${detail === '' ? '' : ` (${detail})`}`;
    if (this.out.isTTY) this.out.write(`\r\x1b[K${text.slice(0, (this.out.columns || 80) - 1)}`);
    else this.out.write(`${text}\n`);
  }

  private erase(): void {
    if (this.step !== null && this.out.isTTY) this.out.write('\r\x1b[K');
  }
}

const seconds = (since: number) => Math.round((Date.now() - since) / 1000);
