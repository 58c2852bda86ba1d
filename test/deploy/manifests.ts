import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import { parseAllDocuments } from 'yaml';

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly [member: string]: unknown;
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly [member: string]: unknown;
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>> & {
    readonly template?: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: PodSpec;
    };
  };
  readonly data?: Readonly<Record<string, string>>;
}

export function manifestsOf(yaml: string): Manifest[] {
  return parseAllDocuments(yaml)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

interface SchemaFile {
  readonly kinds: Readonly<Record<string, string>>;
  readonly $defs: Readonly<Record<string, object>>;
}

const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
const validators = new Map<string, ValidateFunction>();
for (const name of ['kubernetes', 'keda']) {
  const file = JSON.parse(readFileSync(`test/deploy/schemas/${name}.json`, 'utf8')) as SchemaFile;
  ajv.addSchema({ $id: name, $defs: file.$defs });
  for (const [kind, definition] of Object.entries(file.kinds))
    validators.set(kind, ajv.compile({ $ref: `${name}#/$defs/${definition}` }));
}

/** Where a manifest departs from the schema of its kind; a kind without schema is a fault too. */
export function schemaFaults(manifest: Manifest): string[] {
  const kind = `${manifest.apiVersion} ${manifest.kind}`;
  const { name } = manifest.metadata;
  const validate = validators.get(kind);
  if (validate === undefined) return [`there is no schema for ${kind}`];
  const isValid: boolean = validate(manifest);
  return (isValid ? [] : (validate.errors ?? [])).map(
    ({ instancePath, message, params }) =>
      `${kind} ${name}${instancePath}: ${message} ${JSON.stringify(params)}`,
  );
}
