export type GateMode = 'together' | 'alone';

/**
 * Judgements go through together; one that has already cost two holders goes alone, so that what it does to a worker
 * happens to no other. In order of arrival: nobody overtakes one that waits to be alone.
 */
export class JudgeGate {
  private inside = 0;
  private alone = false;
  private readonly waiting: { mode: GateMode; enter: () => void }[] = [];

  async pass<T>(mode: GateMode, work: () => Promise<T>): Promise<T> {
    await this.enter(mode);
    try {
      return await work();
    } finally {
      this.inside--;
      this.alone = false;
      this.admit();
    }
  }

  private enter(mode: GateMode): Promise<void> {
    return new Promise((enter) => {
      this.waiting.push({ mode, enter });
      this.admit();
    });
  }

  private admit(): void {
    for (let first = this.waiting[0]; first !== undefined && this.admits(first.mode); first = this.waiting[0]) {
      this.waiting.shift();
      this.inside++;
      this.alone = first.mode === 'alone';
      first.enter();
    }
  }

  private admits(mode: GateMode): boolean {
    return mode === 'alone' ? this.inside === 0 : !this.alone;
  }
}
