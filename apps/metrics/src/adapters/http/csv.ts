import type { KpiAnswer } from '../../application/answering/read-kpi.js';
import type { KpiTable } from '../../application/answering/read-kpi-table.js';
import type { Figure } from '../../domain/figure.js';

/** The framework's reply, as far as the choice of a format needs it. */
export interface TypedReply {
  readonly request: { readonly headers: { readonly accept?: string } };
  type(contentType: string): unknown;
}

/** The answer itself (JSON), or its CSV when the caller accepts that. */
export function inAskedFormat<Answer>(
  reply: TypedReply,
  answer: Answer,
  toCsv: (answer: Answer) => string,
): Answer | string {
  const accepted = (reply.request.headers.accept ?? '').split(',');
  if (!accepted.some((each) => each.trim().startsWith('text/csv'))) return answer;
  reply.type('text/csv; charset=utf-8');
  return toCsv(answer);
}

/** RFC 4180; text that a spreadsheet would run as a formula is quoted with a leading apostrophe. */
export function csv(header: readonly string[], rows: readonly (readonly unknown[])[]): string {
  return [header, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}

/** The total, its groups and its series, one line each. */
export function kpiCsv(answer: KpiAnswer): string {
  const dims = [...new Set(answer.groups.flatMap((group) => Object.keys(group.dims)))];
  const line = (
    of: Figure & { from?: string; to?: string },
    own: Readonly<Record<string, string>>,
  ): unknown[] => [
    answer.kpi,
    of.from ?? answer.from,
    of.to ?? answer.to,
    ...dims.map((name) => own[name] ?? ''),
    ...figureCells(of),
  ];
  const rows = [
    line(answer, {}),
    ...answer.series.map((point) => line(point, {})),
    ...answer.groups.flatMap((group) => [
      line(group, group.dims as Record<string, string>),
      ...(group.series ?? []).map((point) => line(point, group.dims as Record<string, string>)),
    ]),
  ];
  return csv(['kpi', 'from', 'to', ...dims, ...FIGURE], rows);
}

export function tableCsv(table: KpiTable): string {
  const rows = table.rows.flatMap((row) =>
    table.windows.flatMap((window) => {
      const figure = row.windows[window];
      return figure === undefined ? [] : [[row.kpi, row.currency, window, ...figureCells(figure)]];
    }),
  );
  return csv(['kpi', 'currency', 'window', ...FIGURE], rows);
}

const FIGURE = ['value', 'n', 'numerator', 'low', 'high', 'provisional'];

function figureCells(figure: Figure): unknown[] {
  const { value, n, numerator, interval, provisional } = figure;
  return [value, n, numerator, interval?.low, interval?.high, provisional];
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = String(value);
  const isFormula = typeof value === 'string' && /^[=+@\t\r]|^-(?![\d.]+$)/.test(text);
  const safe = isFormula ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
