import type { UnitOfWork } from '#storage';

/** Where the service stands, for those who run it. Counts stop at {@link COUNT_MAX}. */
export interface Standing {
  /** ms */
  readonly watermark: number;
  readonly quarantined: number;
  /** Profiles whose deadline the watermark has passed, and the sweeper not yet. */
  readonly overdue: number;
}

const COUNT_MAX = 10_000;

export async function readStanding(unitOfWork: UnitOfWork): Promise<Standing> {
  const [row] = await unitOfWork.read<Standing>(`
    SELECT w.at AS watermark,
      (SELECT count(*) FROM (SELECT FROM profile WHERE quarantine IS NOT NULL LIMIT ${COUNT_MAX}) q) AS quarantined,
      (SELECT count(*) FROM (SELECT FROM profile WHERE due_at <= w.at LIMIT ${COUNT_MAX}) d) AS overdue
    FROM watermark w`);
  if (row === undefined) throw new Error('the watermark has its row');
  return row;
}
