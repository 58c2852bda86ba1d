/** Lines of a byte stream with the offsets where they end; memory is one chunk and one line. */
export interface Line {
  readonly number: number;
  /** Undefined when the line is longer than {@link LINE_BYTES_MAX}. */
  readonly text?: string;
  readonly endOffset: number;
}

/** An interaction is at most 32 KB; anything near this is no line of a data file. */
export const LINE_BYTES_MAX = 1_048_576;
const NEWLINE = 0x0a;

export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let parts: Buffer[] = [];
  let length = 0;
  let number = 0;
  let offset = 0;
  const line = (endOffset: number): Line => {
    const text = length > LINE_BYTES_MAX ? undefined : decode(Buffer.concat(parts), number === 0);
    parts = [];
    length = 0;
    number++;
    return { number, text, endOffset };
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      parts.push(chunk.subarray(from, to));
      length += to - from;
      from = to + 1;
      yield line(offset + from);
    }
    length += chunk.length - from;
    if (length <= LINE_BYTES_MAX) parts.push(chunk.subarray(from));
    offset += chunk.length;
  }
  if (length > 0) yield line(offset);
}

function decode(bytes: Buffer, isFirst: boolean): string {
  const text = bytes.toString('utf8').replace(/\r$/, '');
  return isFirst ? text.replace(/^\ufeff/, '') : text;
}
