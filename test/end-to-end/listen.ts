/** Reads an answer as it comes, until stopped. Answers how to stop. */
export function listen(url: string, key: string, hear: (text: string) => void): () => void {
  const stopping = new AbortController();
  void read(url, { key, hear, signal: stopping.signal }).catch((error: unknown) => {
    if (!stopping.signal.aborted) hear(`the stream broke: ${String(error)}`);
  });
  return () => stopping.abort();
}

interface Listening {
  readonly key: string;
  readonly hear: (text: string) => void;
  readonly signal: AbortSignal;
}

async function read(url: string, { key, hear, signal }: Listening): Promise<void> {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${key}` }, signal });
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) hear(decoder.decode(chunk, { stream: true }));
}
