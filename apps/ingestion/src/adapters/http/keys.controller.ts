import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { ApiKeyEntry } from '#contracts';
import { Problem, Scope, Tenant, TenantDirectory } from '#runtime';
import { IssueKey } from '../../application/tenants/issue-key.js';
import { LimitKey } from '../../application/tenants/limit-key.js';
import { RevokeKey } from '../../application/tenants/revoke-key.js';
import { ChangeKeyDto, IssueKeyDto } from './keys.dto.js';
import { limitsIn } from './limits.dto.js';

type KeyView = Omit<ApiKeyEntry, 'hash'>;

@ApiTags('keys')
@Scope('admin')
@Controller('v1/keys')
export class KeysController {
  constructor(
    @Inject(IssueKey) private readonly issueKey: IssueKey,
    @Inject(LimitKey) private readonly limitKey: LimitKey,
    @Inject(RevokeKey) private readonly revokeKey: RevokeKey,
    @Inject(TenantDirectory) private readonly directory: TenantDirectory,
  ) {}

  @Get()
  list(@Tenant() tenant: string): { items: KeyView[]; next: null } {
    return { items: (this.directory.tenant(tenant)?.keys ?? []).map(view), next: null };
  }

  /** The answer's `key` is shown this once. */
  @Post()
  async issue(
    @Tenant() tenant: string,
    @Body() body: IssueKeyDto,
  ): Promise<KeyView & { key: string }> {
    const unknown = (body.sources ?? []).findIndex(
      (source) => this.directory.source(tenant, source) === undefined,
    );
    if (unknown >= 0) {
      const [detail, pointer] = ['There is no source of this name.', `/sources/${unknown}`];
      const errors = [{ pointer, code: 'invalid-parameter', detail }] as const;
      throw new Problem('invalid-parameter', detail, { errors });
    }
    const { entry, key } = await this.issueKey.execute(tenant, {
      ...body,
      sources: body.sources ?? [],
      limits: limitsIn(body.limits ?? {}),
    });
    return { ...view(entry), key };
  }

  /** How fast it may go; the key itself stays. */
  @Put(':keyId')
  async change(
    @Tenant() tenant: string,
    @Param('keyId') keyId: string,
    @Body() body: ChangeKeyDto,
  ): Promise<KeyView> {
    return view(await this.limitKey.execute(tenant, keyId, limitsIn(body.limits)));
  }

  @Delete(':keyId')
  @HttpCode(204)
  async revoke(@Tenant() tenant: string, @Param('keyId') keyId: string): Promise<void> {
    await this.revokeKey.execute(tenant, keyId);
  }
}

function view({ hash: _, ...shown }: ApiKeyEntry): KeyView {
  return shown;
}
