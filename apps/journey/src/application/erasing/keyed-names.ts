import { nameIdentifier, nameInteraction, type Identifier } from '#contracts';
import type { ContentName } from '../../domain/version-choice.js';
import type { Names } from './ports.js';

/** Under the installation's secret. */
export class KeyedNames implements Names {
  constructor(private readonly secret: { readonly value: string }) {}

  interaction(content: ContentName): string {
    return nameInteraction(this.secret.value, content);
  }

  identifier(tenant: string, identifier: Identifier): string {
    return nameIdentifier(this.secret.value, tenant, identifier);
  }
}
