/** A sleep that can be cut short. A wake-up that comes while nobody sleeps cuts the next sleep: no signal is lost. */
export class WakeableSleep {
  private isWoken = false;
  private end: (() => void) | undefined;

  wake(): void {
    this.isWoken = true;
    this.end?.();
  }

  async sleep(spanMs: number): Promise<void> {
    if (!this.isWoken) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, spanMs);
        this.end = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.end = undefined;
    }
    this.isWoken = false;
  }

  /** Sleeps the whole span, whatever wakes it, unless `isOver`. */
  async sleepThrough(spanMs: number, isOver: () => boolean): Promise<void> {
    const until = performance.now() + spanMs;
    while (!isOver() && performance.now() < until) await this.sleep(until - performance.now());
  }
}
