/** Who of the erased is spoken of in what nobody could read: it may come after the erasure, which then cannot take it. */
import { Injectable } from '@nestjs/common';
import { Mentions, Reading, namesIn } from '#erasure';
import type { Said } from '#erasure';
import type { Transaction } from '#storage';
import { IdentityStore } from '../ports.js';
import { ErasureStore } from './ports.js';

@Injectable()
export class FindMentioned {
  constructor(
    private readonly store: IdentityStore,
    private readonly erasures: ErasureStore,
    private readonly reading: Reading,
  ) {}

  /** By index. Holds the tenants: an erasure comes before, and is known here, or after, and finds what this transaction keeps. */
  async execute(transaction: Transaction, said: readonly Said[]): Promise<ReadonlySet<number>> {
    const tenants = [...new Set(said.map(({ tenant }) => tenant))].sort();
    await this.store.lock(transaction, tenants);
    const concerned = await this.erasures.tenants(transaction, tenants);
    if (concerned.size === 0) return new Set();
    const types = await this.erasures.erasedTypes(transaction);
    const named = said
      .filter(({ tenant }) => concerned.has(tenant))
      .map((each) => namesIn(each, types, this.reading));
    const known = await this.erasures.known(transaction, {
      interactions: named.flatMap(({ interactions }) => interactions),
      names: named.flatMap(({ identifiers }) => identifiers),
    });
    // A name is keyed with its tenant: those of another match nothing.
    const erased = [...concerned].flatMap((tenant) => known.map((one) => ({ ...one, tenant })));
    const mentions = new Mentions(erased, this.reading);
    return new Set(
      said.flatMap((each, index) => (mentions.find(each) === undefined ? [] : [index])),
    );
  }
}
