import { Injectable } from '@nestjs/common';
import { mayWriteTo, type Principal, TenantDirectory } from '#runtime';
import type { SourceAccess } from '../../domain/validate-interaction.js';

/** Whether a caller may write to a source, the region of its phone numbers, and how old what it sends may be. */
@Injectable()
export class SourceGate {
  constructor(private readonly directory: TenantDirectory) {}

  accessOf(principal: Principal, source: string): SourceAccess {
    const known = this.directory.source(principal.tenant, source);
    if (known === undefined) return { kind: 'unknown' };
    if (!mayWriteTo(principal, source)) return { kind: 'not-allowed' };
    const { region, retentionDays } = this.directory.settings(principal.tenant);
    return { kind: 'open', region: known.region ?? region, retentionDays };
  }
}
