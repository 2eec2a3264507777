/** As much of an OpenAPI 3.1 document as this API needs. */
export type Schema = Record<string, unknown>;

type Media = Record<string, { schema: Schema; examples?: Record<string, { value: unknown }> }>;

export type Parameter = {
  name: string;
  in: "query" | "header" | "path";
  required?: boolean;
  description?: string;
  schema?: Schema;
  content?: Media;
};

export type Operation = {
  operationId: string;
  summary: string;
  tags: string[];
  description?: string;
  /** Empty: without a key. */
  security?: [];
  parameters?: Parameter[];
  requestBody?: { required: true; content: Media };
  responses: Record<string, { description: string; content?: Media }>;
};

export type OpenApiDocument = {
  openapi: "3.1.0";
  info: {
    title: string;
    version: string;
    description: string;
    license: { name: string; identifier: string };
  };
  servers: { url: string }[];
  security: Record<string, string[]>[];
  tags: { name: string; description: string }[];
  paths: Record<string, Partial<Record<"get" | "post", Operation>>>;
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, Schema> };
};
