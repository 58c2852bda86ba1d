import { type DynamicModule, Module } from '@nestjs/common';
import { deadLetterParts } from '#dead-letters';
import { ErasureBook, erasureParts } from '#erasure';
import { Clock } from '#kernel';
import { Secret, TenantDirectory } from '#runtime';
import {
  ErasureTables1700000000001,
  ExpiredNames1700000000003,
  storageProviders,
  UnitOfWork,
} from '#storage';
import { FIRST_TENANT, FirstStart } from './adapters/first-start.js';
import { InteractionsController } from './adapters/http/interactions.controller.js';
import { KeysController } from './adapters/http/keys.controller.js';
import { RejectionsController } from './adapters/http/rejections.controller.js';
import { ReplaysController } from './adapters/http/replays.controller.js';
import { SettingsController } from './adapters/http/settings.controller.js';
import { SourcesController } from './adapters/http/sources.controller.js';
import { RejectionsConsumer } from './adapters/log/rejections.consumer.js';
import { INGESTION_ENTITIES } from './adapters/postgres/entities.js';
import { CreateIngestionTables1760000000001 } from './adapters/postgres/migrations/create-ingestion-tables.js';
import { LimitKeys1763900000000 } from './adapters/postgres/migrations/limit-keys.js';
import { RejectionRepository } from './adapters/postgres/rejection.repository.js';
import { SourceRepository } from './adapters/postgres/source.repository.js';
import { TenantRepository } from './adapters/postgres/tenant.repository.js';
import { AcceptInteractions } from './application/interactions/accept-interactions.js';
import { RejectionSweeper } from './adapters/rejection.sweeper.js';
import { ChangeSettings } from './application/tenants/change-settings.js';
import { ChangeTenant } from './application/tenants/change-tenant.js';
import { SaveSource } from './application/tenants/save-source.js';
import { DeleteSource } from './application/tenants/delete-source.js';
import { IssueKey } from './application/tenants/issue-key.js';
import { FirstKeyMaker, OpenTenant } from './application/tenants/open-tenant.js';
import { Rejections, Sources, Tenants } from './application/ports.js';
import { SourceGate } from './application/interactions/source-gate.js';
import { ReceiveBody } from './application/interactions/receive-body.js';
import { LimitKey } from './application/tenants/limit-key.js';
import { RevokeKey } from './application/tenants/revoke-key.js';
import { EraseRejections } from './application/rejections/erase-rejections.js';
import { ForgetRejections } from './application/rejections/forget-rejections.js';
import { ReplayAlike } from './application/rejections/replay-alike.js';
import { ReplayOne } from './application/rejections/replay-one.js';
import { StoreRejections } from './application/rejections/store-rejections.js';
import { ValidateInteractions } from './application/interactions/validate-interactions.js';
import { WithdrawInteraction } from './application/interactions/withdraw-interaction.js';
import { IngestionConfig } from './ingestion.config.js';

const USE_CASES = [
  SourceGate,
  ReceiveBody,
  AcceptInteractions,
  ValidateInteractions,
  WithdrawInteraction,
  StoreRejections,
  ReplayOne,
  ReplayAlike,
  ForgetRejections,
  OpenTenant,
  ChangeTenant,
  ChangeSettings,
  IssueKey,
  LimitKey,
  RevokeKey,
  SaveSource,
  DeleteSource,
];

/** No interaction is kept here: nothing is waited for. */
const erasing = erasureParts({
  book: new ErasureBook('ingestion', false),
  group: 'ingestion-erasure',
  stores: {
    inject: [UnitOfWork, Rejections],
    useFactory: (unitOfWork: UnitOfWork, rejections: Rejections) => [
      new EraseRejections(unitOfWork, rejections),
    ],
  },
});

const setAside = deadLetterParts('ingestion');

export const INGESTION_SCHEMA = {
  schema: 'ingestion',
  migrations: [
    ErasureTables1700000000001,
    ExpiredNames1700000000003,
    CreateIngestionTables1760000000001,
    LimitKeys1763900000000,
  ],
  entities: INGESTION_ENTITIES,
};

/** Tenants, sources, keys, settings; accepts interactions once the log has them; keeps what was rejected. */
@Module({})
export class IngestionModule {
  /** Accepting needs the log, and tenants and keys, which are in memory. With the embedded log its check says no anyway. */
  static readonly isReadyWithoutDatabase = true;

  static register(config: IngestionConfig): DynamicModule {
    return {
      module: IngestionModule,
      controllers: [
        InteractionsController,
        RejectionsController,
        ReplaysController,
        SourcesController,
        KeysController,
        SettingsController,
        RejectionsConsumer,
        erasing.consumer,
        setAside.controller,
      ],
      providers: [
        ...storageProviders(INGESTION_SCHEMA),
        ...erasing.providers,
        ...setAside.providers,
        ...USE_CASES,
        {
          provide: FirstKeyMaker,
          inject: [TenantDirectory, Secret, Clock],
          useFactory: (directory: TenantDirectory, secret: Secret, clock: Clock) =>
            new FirstKeyMaker(
              { directory, secret, clock },
              { tenant: FIRST_TENANT, adminKey: config.TOUCHLINE_ADMIN_KEY },
            ),
        },
        { provide: IngestionConfig, useValue: config },
        { provide: Tenants, useClass: TenantRepository },
        { provide: Sources, useClass: SourceRepository },
        { provide: Rejections, useClass: RejectionRepository },
        FirstStart,
        RejectionSweeper,
      ],
    };
  }
}
