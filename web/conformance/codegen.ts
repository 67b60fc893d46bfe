import type { CodegenConfig } from '@graphql-codegen/cli';

const options = {
  // A scalar without an entry here is an error, and nothing is `any`.
  strictScalars: true,
  defaultScalarType: 'never',
  scalars: {
    Currency: 'string', DateTime: 'string', JSON: 'unknown', LocalDate: 'string', LocalTime: 'string', Long: 'number',
    TimeZone: 'string',
  },
  immutableTypes: true,
  useTypeImports: true,
};

const config: CodegenConfig = {
  schema: '../../schema.graphql',
  documents: 'operations/*.graphql',
  generates: {
    // All types of the schema, and those that the operations need: each plugin writes whole files.
    'generated/schema.ts': { plugins: ['typescript'], config: options },
    'generated/operations.ts': { plugins: ['typescript-operations'], config: options },
  },
};

export default config;
