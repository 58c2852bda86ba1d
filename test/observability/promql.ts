/**
 * As much of PromQL as dashboards and alerts use: read by its grammar, so that a slip (a range where none belongs, a bracket,
 * a function that does not exist) fails a test and not an alert at night. Anything else of the language is refused.
 */
export interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

export interface Selector {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
  /** Labels that an aggregation around it keeps. */
  readonly kept: readonly string[];
}

type Kind = 'scalar' | 'instant' | 'range';

const TOKEN =
  /\s*(?:([a-zA-Z_:][a-zA-Z0-9_:]*)|(\d+(?:\.\d+)?(?:e\d+)?)(?![a-z\d])|("[^"]*")|(\[(?:\d+[smhd]|\$__rate_interval)\])|(==|!=|>=|<=|=~|!~|[-+*/<>=(){},]))/y;
const AGGREGATIONS = new Set(['sum', 'min', 'max', 'avg', 'count']);
const FUNCTIONS: Readonly<Record<string, readonly Kind[]>> = {
  rate: ['range'],
  increase: ['range'],
  deriv: ['range'],
  min_over_time: ['range'],
  max_over_time: ['range'],
  last_over_time: ['range'],
  histogram_quantile: ['scalar', 'instant'],
};
/** From the loosest to the tightest. */
const BINARY: readonly (readonly string[])[] = [
  ['or'],
  ['and', 'unless'],
  ['==', '!=', '>', '<', '>=', '<='],
  ['+', '-'],
  ['*', '/'],
];

/** The selectors of an expression; throws what is wrong with it. */
export function readPromql(expression: string): Selector[] {
  const reader = new PromqlReader(tokensOf(expression));
  if (reader.expression() === 'range') throw new Error('a range is no answer');
  reader.end();
  return reader.selectors;
}

function tokensOf(expression: string): string[] {
  const text = expression.trim();
  const tokens: string[] = [];
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < text.length;) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (found === null) throw new Error(`unreadable at: ${text.slice(at, at + 30)}`);
    tokens.push(found[0].trim());
  }
  return tokens;
}

class PromqlReader {
  readonly selectors: Selector[] = [];
  private at = 0;
  private kept: readonly string[] = [];

  constructor(private readonly tokens: readonly string[]) {}

  expression(level = 0): Kind {
    const operators = BINARY[level];
    if (operators === undefined) return this.operand();
    let kind = this.expression(level + 1);
    while (operators.includes(this.next())) {
      const operator = this.take();
      const right = this.expression(level + 1);
      if (kind === 'range' || right === 'range') throw new Error(`${operator} takes no range`);
      if (level < 2 && (kind === 'scalar' || right === 'scalar'))
        throw new Error(`${operator} takes no number`);
      kind = kind === 'instant' || right === 'instant' ? 'instant' : 'scalar';
    }
    return kind;
  }

  end(): void {
    if (this.at < this.tokens.length) throw new Error(`unexpected ${this.next()}`);
  }

  private operand(): Kind {
    const token = this.take();
    if (/^\d/.test(token)) return 'scalar';
    if (token === '(') {
      const kind = this.expression();
      this.take(')');
      return kind;
    }
    if (AGGREGATIONS.has(token)) return this.aggregation(token);
    if (this.next() === '(') return this.call(token);
    if (!/^[a-zA-Z_:]/.test(token)) throw new Error(`unexpected ${token}`);
    return this.selector(token);
  }

  private aggregation(name: string): Kind {
    const outer = this.kept;
    if (this.next() === 'by') {
      this.take();
      this.kept = this.list('(', ')', () => this.take());
    } else this.kept = [];
    this.take('(');
    if (this.expression() !== 'instant') throw new Error(`${name} takes an instant vector`);
    this.take(')');
    this.kept = outer;
    return 'instant';
  }

  private call(name: string): Kind {
    const wanted = FUNCTIONS[name];
    if (wanted === undefined) throw new Error(`${name} is no known function`);
    const given = this.list('(', ')', () => this.expression());
    if (given.join() !== wanted.join())
      throw new Error(`${name} takes ${wanted.join()}, not ${given.join()}`);
    return 'instant';
  }

  private selector(metric: string): Kind {
    const matchers = this.next() === '{' ? this.list('{', '}', () => this.matcher()) : [];
    this.selectors.push({ metric, matchers, kept: this.kept });
    if (!this.next().startsWith('[')) return 'instant';
    this.take();
    return 'range';
  }

  private matcher(): Matcher {
    const label = this.take();
    const operator = this.take();
    if (!['=', '!=', '=~', '!~'].includes(operator)) throw new Error(`unexpected ${operator}`);
    const value = this.take();
    if (!value.startsWith('"')) throw new Error(`${value} is no text`);
    return { label, operator, value: value.slice(1, -1) };
  }

  private list<Item>(open: string, close: string, item: () => Item): Item[] {
    this.take(open);
    const items = [item()];
    while (this.next() === ',') {
      this.take();
      items.push(item());
    }
    this.take(close);
    return items;
  }

  private next(): string {
    return this.tokens[this.at] ?? '';
  }

  private take(wanted?: string): string {
    const token = this.tokens[this.at++];
    if (token === undefined || (wanted !== undefined && token !== wanted))
      throw new Error(`${wanted ?? 'something'} was expected, not ${token ?? 'the end'}`);
    return token;
  }
}
