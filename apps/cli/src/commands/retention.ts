import { connect, type ConnectionOptions, withConnection } from '../connection.js';
import { act, newCommand } from '../new-command.js';
import { table } from '../terminal.js';

interface Preview {
  readonly days: number;
  readonly horizon: string;
  readonly interactions: number;
  readonly profiles: number;
  readonly months: readonly { readonly month: string; readonly interactions: number }[];
}

interface Shown {
  readonly retentionDays: number | null;
  readonly horizon: string | null;
  readonly startsAt: string | null;
  readonly reached: string | null;
  readonly waiting: number;
  readonly expired: number;
  readonly preview: Preview | null;
}

interface RetentionOptions extends ConnectionOptions {
  readonly days?: string;
}

export function retention() {
  return withConnection(
    newCommand('retention', 'What is taken away by age, and what a setting would take'),
  )
    .option('--days <n>', 'as the setting retentionDays: what it would take; nothing is changed')
    .action(
      act<RetentionOptions>(async (terminal, options) => {
        const client = await connect(options);
        const { days } = options;
        const query = days === undefined ? '' : `?days=${encodeURIComponent(days)}`;
        const shown = (await client.get(`/v1/retention${query}`)) as Shown;
        terminal.result(shown, () =>
          [standing(shown), ...wouldGo(shown.preview)].forEach((line) => terminal.line(line)),
        );
      }),
    );
}

function standing({ retentionDays, horizon, startsAt, reached, waiting, expired }: Shown): string {
  if (retentionDays === null)
    return `Everything is kept: retentionDays is not set. ${expired} interactions went before.`;
  if (startsAt === null || Date.parse(startsAt) > Date.now())
    return `${retentionDays} days will be kept: nothing goes before ${startsAt ?? 'it is set again'}, and until then it can be taken back (PUT /v1/settings {"retentionDays": null}).`;
  const isReached = reached !== null && horizon !== null && reached >= horizon;
  const state = isReached ? 'gone' : `on its way, ${waiting} listed`;
  return `${retentionDays} days are kept: what occurred before ${horizon} is ${state}. ${expired} interactions went so far.`;
}

function wouldGo(preview: Preview | null): string[] {
  if (preview === null) return [];
  const { days, horizon, interactions, profiles, months } = preview;
  const line = `With ${days} days, before ${horizon}: ${interactions} interactions would go, and all there is of ${profiles} customers.`;
  if (months.length === 0) return [line];
  const rows = months.map(({ month, interactions: count }) => [month, String(count)]);
  return [line, ...table([['month', 'interactions'], ...rows])];
}
