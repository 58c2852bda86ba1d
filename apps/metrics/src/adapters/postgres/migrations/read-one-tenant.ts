import type { MigrationInterface, QueryRunner } from 'typeorm';

const READABLE = ['kpi_rolling', 'publication'];

/**
 * Whoever reads with SQL names a tenant (`SET touchline.tenant = '…'`) and sees its rows; without one there are none. The
 * service itself owns the tables and sees all of them.
 */
export class ReadOneTenant1763769600002 implements MigrationInterface {
  readonly name = 'ReadOneTenant1763769600002';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of READABLE) {
      await runner.query(`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`);
      await runner.query(
        `CREATE POLICY one_tenant ON ${table} FOR SELECT USING (tenant = current_setting('touchline.tenant', true))`,
      );
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of READABLE) {
      await runner.query(`DROP POLICY one_tenant ON ${table}`);
      await runner.query(`ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`);
    }
  }
}
