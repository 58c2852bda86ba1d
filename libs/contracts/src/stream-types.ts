/**
 * What `GET /v1/stream` may show: topics that speak to the world, by their public names. Event ids name topics by their place in this
 * list, so it only grows at its end.
 */
import { FACT_TOPIC } from './fact.js';
import { TOPIC } from './topics.js';

export interface StreamType {
  /** `profile.changed`: the topic's name without frame and version. */
  readonly name: string;
  readonly topic: string;
}

export const STREAM_TYPES: readonly StreamType[] = [
  TOPIC.interactionIdentified.name,
  TOPIC.profileChanged.name,
  TOPIC.kpiUpdated.name,
  TOPIC.kpiCorrected.name,
  ...Object.values(FACT_TOPIC),
].map((topic) => ({ name: topic.replace(/^touchline\./, '').replace(/\.v\d+$/, ''), topic }));

/** `journey.*`: all whose first word it is. */
export const STREAM_FAMILIES: readonly string[] = [
  ...new Set(STREAM_TYPES.map(({ name }) => familyOf(name))),
].map((family) => `${family}.*`);

/** The types that a list like `profile.changed,journey.*` names, in their own order; undefined: it names one that is none. */
export function streamTypesNamed(names: readonly string[]): readonly StreamType[] | undefined {
  const wanted = new Set<string>();
  for (const name of names) {
    const found = STREAM_TYPES.filter(
      (type) => type.name === name || `${familyOf(type.name)}.*` === name,
    );
    if (found.length === 0) return undefined;
    for (const type of found) wanted.add(type.name);
  }
  return STREAM_TYPES.filter(({ name }) => wanted.has(name));
}

/** The first word of a type: types of a family are read together. */
export function familyOf(name: string): string {
  return name.split('.', 1)[0] ?? name;
}
