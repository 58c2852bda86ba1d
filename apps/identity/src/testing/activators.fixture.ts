/** Who asks for rules and brings them into force, on a schema of identity. */
import { FixedClock } from '#kernel';
import { PostgresIdentityStore } from '../adapters/postgres/postgres-identity.store.js';
import { PostgresRulesBook } from '../adapters/postgres/rules.repository.js';
import { PostgresTenantState } from '../adapters/postgres/tenant-state.reader.js';
import { ActivateRules } from '../application/activate-rules.js';
import type { ActivationView } from '../application/activating/activation-view.js';
import type { Activation, RulesBook } from '../application/activating/ports.js';
import { SettleRules } from '../application/activating/settle-rules.js';
import type { IdentityStore } from '../application/ports.js';
import { RequestRules } from '../application/request-rules.js';
import type { IdentityRules } from '../domain/rules.js';
import { SECRET, TENANT } from './histories.fixture.js';
import type { IdentityOnPostgres } from './identity-on-postgres.fixture.js';

export interface Activators {
  readonly settleRules: SettleRules;
  readonly book: RulesBook;
  readonly activate: ActivateRules;
  readonly clock: FixedClock;
  ask(rules: object): Promise<ActivationView>;
  /** What became of a version. */
  known(version: number): Promise<Activation | undefined>;
  inForce(): Promise<IdentityRules>;
}

export function activatorsOn(
  { storage: { unitOfWork } }: Pick<IdentityOnPostgres, 'storage'>,
  store: IdentityStore = new PostgresIdentityStore(),
): Activators {
  const secret = { value: SECRET };
  const clock = new FixedClock(1_000_000);
  const book = new PostgresRulesBook();
  const settleRules = new SettleRules(unitOfWork, store, new PostgresTenantState(), secret);
  const requests = new RequestRules(unitOfWork, book, settleRules, clock);
  const said = { tenant: TENANT, keyId: 'key', reason: 'two households', actor: 'steward 3' };
  return {
    settleRules,
    book,
    clock,
    activate: new ActivateRules(unitOfWork, book, settleRules, clock),
    ask: (posted) => requests.execute({ ...said, posted }),
    known: (version) => unitOfWork.run((transaction) => book.find(transaction, TENANT, version)),
    inForce: () => unitOfWork.run((transaction) => settleRules.inForce(transaction, TENANT)),
  };
}
