/** What tests read of an OpenAPI document. */
export interface OperationObject {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: object;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
  readonly responses: Readonly<Record<string, ResponseObject>>;
}

export interface ResponseObject {
  readonly headers?: Readonly<Record<string, object>>;
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
}

/** Every operation of a document. */
export function operationsOf(given: object) {
  const document = given as Document;
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => {
      const response = (status: string) => resolve(document, operation.responses[status]);
      return { path, method: method.toUpperCase(), operation, response, problemCodes: codesOf(response) };
    }),
  );
}

const codesOf = (response: (status: string) => ResponseObject | undefined) => (status: string) => {
  const problem = response(status)?.content?.['application/problem+json']?.schema as
    | { properties: { code: { enum: string[] } } }
    | undefined;
  return problem?.properties.code.enum ?? [];
};

/** What a `$ref` within the document stands for. */
function resolve(document: object, node: ResponseObject | undefined): ResponseObject | undefined {
  const ref = node && '$ref' in node ? String(node.$ref) : undefined;
  if (ref === undefined) return node;
  const found = ref
    .split('/')
    .slice(1)
    .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], document);
  return found as ResponseObject;
}
