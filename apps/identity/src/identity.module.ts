import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { deadLetterParts } from '#dead-letters';
import { READING } from '#erasure';
import { storageProviders } from '#storage';
import { CallsController } from './adapters/http/calls.controller.js';
import { ErasuresController } from './adapters/http/erasures.controller.js';
import { ExplanationController } from './adapters/http/explanation.controller.js';
import { ProfilesController } from './adapters/http/profiles.controller.js';
import { StatisticsController } from './adapters/http/statistics.controller.js';
import { ErasureConsumer } from './adapters/log/erasure.consumer.js';
import { IdentityConsumer } from './adapters/log/identity.consumer.js';
import { RulesController } from './adapters/http/rules.controller.js';
import { PostgresEvidenceReader } from './adapters/postgres/evidence.reader.js';
import { CreateIdentityTables1763769600001 } from './adapters/postgres/migrations/create-identity-tables.js';
import { CreateRetention1763769600003 } from './adapters/postgres/migrations/create-retention.js';
import { CreateRulesActivation1763769600002 } from './adapters/postgres/migrations/create-rules-activation.js';
import { PostgresCallLog } from './adapters/postgres/call.repository.js';
import { PostgresErasureReceipts } from './adapters/postgres/erasure-receipt.repository.js';
import { PostgresErasureStore } from './adapters/postgres/postgres-erasure.store.js';
import { PostgresIdentityStore } from './adapters/postgres/postgres-identity.store.js';
import { PostgresPairReader } from './adapters/postgres/pair.reader.js';
import { PostgresProfileReader } from './adapters/postgres/profile.reader.js';
import { PostgresRulesBook } from './adapters/postgres/rules.repository.js';
import { PostgresTenantState } from './adapters/postgres/tenant-state.reader.js';
import { RulesActivator } from './adapters/clock/rules.activator.js';
import { CallLog } from './application/calling/ports.js';
import { ReadEnds } from './application/calling/read-ends.js';
import { SettleCall } from './application/calling/settle-call.js';
import { DeclareCall } from './application/declare-call.js';
import { EvidenceReader } from './application/trying/ports.js';
import { CountProfiles } from './application/count-profiles.js';
import { ExplainPair } from './application/explain-pair.js';
import { LoadSituation } from './application/explaining/load-situation.js';
import { PairReader } from './application/explaining/ports.js';
import { ExplainProfile } from './application/explain-profile.js';
import { ApplyErasure } from './application/erasing/apply-erasure.js';
import { FindMentioned } from './application/erasing/find-mentioned.js';
import { ForgetSaid } from './application/erasing/forget-said.js';
import { PlanProfileErasure } from './application/erasing/plan-profile-erasure.js';
import { ErasureReceipts } from './application/erasing/receipts.js';
import { TakeErasure } from './application/erasing/take-erasure.js';
import { ReadErasures } from './application/read-erasures.js';
import { RequestErasure } from './application/request-erasure.js';
import { ShowErasure } from './application/show-erasure.js';
import { ErasureStore } from './application/erasing/ports.js';
import { IdentityStore } from './application/ports.js';
import { ProfileReader } from './application/reading-ports.js';
import { ActivateRules } from './application/activate-rules.js';
import { RulesBook, TenantState } from './application/activating/ports.js';
import { SettleRules } from './application/activating/settle-rules.js';
import { ReadCalls } from './application/read-calls.js';
import { ReadProfile } from './application/read-profile.js';
import { ReadRules } from './application/read-rules.js';
import { RequestRules } from './application/request-rules.js';
import { ResolveBatch } from './application/resolve-batch.js';
import { ShowHistory } from './application/show-history.js';
import { TryRules } from './application/try-rules.js';
import { WithdrawCall } from './application/withdraw-call.js';
import type { IdentityConfig } from './identity.config.js';
import { retentionParts } from './retention.providers.js';

export const IDENTITY_SCHEMA = {
  schema: 'identity',
  migrations: [
    CreateIdentityTables1763769600001,
    CreateRulesActivation1763769600002,
    CreateRetention1763769600003,
  ],
};

const setAside = deadLetterParts('identity');

/** Identifiers, links, profiles, decisions, and the dedupe table. */
@Module({})
export class IdentityModule {
  static register(config: IdentityConfig): DynamicModule {
    return {
      module: IdentityModule,
      controllers: [
        CallsController,
        ErasuresController,
        ExplanationController,
        RulesController,
        ProfilesController,
        StatisticsController,
        IdentityConsumer,
        ErasureConsumer,
        setAside.controller,
        retentionParts.controller,
      ],
      providers: [
        ...storageProviders({ ...IDENTITY_SCHEMA, poolSize: config.IDENTITY_POOL_SIZE }),
        ...setAside.providers,
        READING,
        ...retentionParts.providers,
        { provide: IdentityStore, useClass: PostgresIdentityStore },
        { provide: ErasureStore, useClass: PostgresErasureStore },
        { provide: ErasureReceipts, useClass: PostgresErasureReceipts },
        { provide: ProfileReader, useClass: PostgresProfileReader },
        { provide: EvidenceReader, useClass: PostgresEvidenceReader },
        { provide: PairReader, useClass: PostgresPairReader },
        { provide: CallLog, useClass: PostgresCallLog },
        { provide: TenantState, useClass: PostgresTenantState },
        { provide: RulesBook, useClass: PostgresRulesBook },
        ResolveBatch,
        ApplyErasure,
        FindMentioned,
        ForgetSaid,
        PlanProfileErasure,
        TakeErasure,
        ReadErasures,
        RequestErasure,
        ShowErasure,
        ReadEnds,
        SettleCall,
        DeclareCall,
        WithdrawCall,
        ReadCalls,
        LoadSituation,
        ExplainPair,
        ShowHistory,
        SettleRules,
        TryRules,
        ReadRules,
        RequestRules,
        ActivateRules,
        RulesActivator,
        ReadProfile,
        CountProfiles,
        ExplainProfile,
      ],
    };
  }
}
