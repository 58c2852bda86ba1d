/** Ends of calls and questions → names of identifiers. */
import { nameIdentifier } from '#contracts';
import { Injectable } from '@nestjs/common';
import type { ErrorCode } from '#contracts';
import { Problem, Secret, TenantDirectory } from '#runtime';
import type { Transaction } from '#storage';
import { readEnd, showIdentifier } from '../../domain/end.js';
import type { End } from '../../domain/end.js';
import type { CompiledRules } from '../../domain/rules.js';
import { ProfileReader } from '../reading-ports.js';

export interface NamedEnd {
  readonly name: string;
  /** `type:value`, or the profile id. */
  readonly said: string;
}

export interface Asking {
  readonly transaction: Transaction;
  readonly tenant: string;
  readonly rules: CompiledRules;
}

@Injectable()
export class ReadEnds {
  constructor(
    private readonly reader: ProfileReader,
    private readonly secret: Secret,
    private readonly directory: TenantDirectory,
  ) {}

  read(text: string, { tenant, rules }: Pick<Asking, 'tenant' | 'rules'>): End {
    return readEnd(text, rules, this.directory.settings(tenant).region);
  }

  /** The name of a readable end. A profile id names the identifier that it was made of. */
  async name(
    end: Extract<End, { status: 'identifier' | 'profile' }>,
    { transaction, tenant }: Asking,
  ): Promise<string | undefined> {
    if (end.status === 'identifier') {
      return nameIdentifier(this.secret.value, tenant, end.identifier);
    }
    const [row] = await this.reader.identifiers(transaction, [end.profileId]);
    if (row) return row.tenant === tenant ? row.name : undefined;
    const profile = await this.reader.find(transaction, end.profileId);
    return profile?.tenant === tenant && profile.bareUnit === null ? profile.profileId : undefined;
  }

  /** Throws when the end can never be that of a call; `pointer` tells which. */
  async nameForCall(text: string, pointer: string, asking: Asking): Promise<NamedEnd> {
    const end = this.read(text, asking);
    switch (end.status) {
      case 'unparseable':
        throw refused('unparseable-identifier', pointer, 'This identifier cannot be read.');
      case 'unknown-type':
        throw refused(
          'unknown-identifier-type',
          pointer,
          `The identity rules name no type '${end.identifier.type}'.`,
        );
      case 'blocked-value':
        throw refused(
          'blocked-identifier',
          pointer,
          `'${showIdentifier(end.identifier)}' is a placeholder, not an identifier.`,
        );
      default: {
        const name = await this.name(end, asking);
        const said = end.status === 'profile' ? end.profileId : showIdentifier(end.identifier);
        if (name !== undefined) return { name, said };
        throw refused('not-found', pointer, `No profile with identifiers has the id ${said}.`);
      }
    }
  }
}

function refused(code: ErrorCode, pointer: string, detail: string): Problem {
  return new Problem(code, detail, { errors: [{ pointer, code, detail }] });
}
