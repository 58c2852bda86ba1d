import { ApiKeyEntity } from './api-key.entity.js';
import { RejectionEntity } from './rejection.entity.js';
import { SourceEntity } from './source.entity.js';
import { TenantEntity } from './tenant.entity.js';

/** Every table of the schema that ingestion owns. */
export const INGESTION_ENTITIES = [TenantEntity, ApiKeyEntity, SourceEntity, RejectionEntity];
