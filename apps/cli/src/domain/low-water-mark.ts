/**
 * Batches are sent several at a time and end in any order; an import may resume only after the last one of an unbroken
 * run from the beginning. Positions are handed out in order; `done` says where the unbroken run ends now.
 */
export class LowWaterMark<Position> {
  private readonly open: { position: Position; isDone: boolean }[] = [];

  begin(position: Position): { readonly position: Position; isDone: boolean } {
    const entry = { position, isDone: false };
    this.open.push(entry);
    return entry;
  }

  /** The position up to which everything is done, when that moved; else undefined. */
  done(entry: { isDone: boolean }): Position | undefined {
    entry.isDone = true;
    let reached: Position | undefined;
    while (this.open[0]?.isDone) reached = this.open.shift()?.position;
    return reached;
  }
}
