export type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

/** One answer of /metrics. */
export interface Scrape {
  all(): readonly Sample[];
  types(): ReadonlyMap<string, string>;
  /** Labels of each series of this name. */
  series(name: string): readonly Labels[];
  /** Summed over the series that have these labels; undefined when there is none. */
  value(name: string, labels?: Labels): number | undefined;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;

export async function scrape(url: string): Promise<Scrape> {
  const answer = await fetch(`${url}/metrics`);
  if (answer.status !== 200) throw new Error(`/metrics answers ${answer.status}`);
  const lines = (await answer.text()).split('\n');
  const samples = lines.filter((line) => line !== '' && !line.startsWith('#')).map(sampleOf);
  const of = (name: string) => samples.filter((sample) => sample.name === name);
  return {
    all: () => samples,
    types: () =>
      new Map(lines.flatMap((line) => [...line.matchAll(/^# TYPE (\S+) (\S+)$/g)].map(typeOf))),
    series: (name) => of(name).map(({ labels }) => labels),
    value: (name, labels = {}) => {
      const found = of(name).filter((sample) =>
        Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
      );
      return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
    },
  };
}

function typeOf([, name = '', type = '']: RegExpMatchArray): [string, string] {
  return [name, type];
}

function sampleOf(line: string): Sample {
  const [, name = '', labels = '', value = ''] = LINE.exec(line) ?? [];
  if (name === '') throw new Error(`not the text format: ${line}`);
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
  return {
    name,
    labels: Object.fromEntries(pairs.map(([, label = '', text = '']) => [label, text])),
    value: Number(value),
  };
}
