import { IsIn } from 'class-validator';

/** What ingestion reads of the environment, beside the infrastructure. */
export class IngestionConfig {
  /** `off` = the first keys are not printed (they can be read from `keys.json` of an embedded installation). */
  @IsIn(['on', 'off'])
  readonly TOUCHLINE_PRINT_KEYS: 'on' | 'off' = 'on';
}
