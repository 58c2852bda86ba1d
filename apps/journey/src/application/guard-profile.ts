import type { Touched } from './touched.js';

const DETAIL_MAX = 1_000;

/** A fold that throws leaves its profile's facts as they are, and names why; its neighbours go on. */
export function guarded<Result>(
  touched: Touched,
  { name, watermark }: { readonly name: string; readonly watermark: number },
  fold: () => Result,
): Result | undefined {
  try {
    return fold();
  } catch (error) {
    touched.quarantine(locked(touched, name).before, failureAt(watermark, error));
    return undefined;
  }
}

export function failureAt(at: number, error: unknown): { at: number; detail: string } {
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { at, detail: detail.slice(0, DETAIL_MAX) };
}

export function locked(touched: Touched, name: string) {
  const profile = touched.profiles.get(name);
  if (profile === undefined) throw new Error('a profile is locked before it is folded');
  return profile;
}
