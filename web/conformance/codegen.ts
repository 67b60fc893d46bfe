import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: '../../schema.graphql',
  documents: 'operations/*.graphql',
  generates: {
    'generated/types.ts': {
      plugins: ['typescript', 'typescript-operations'],
      config: {
        // A scalar without an entry here is an error, and nothing is `any`.
        strictScalars: true,
        defaultScalarType: 'never',
        scalars: {
          Currency: 'string', DateTime: 'string', JSON: 'unknown', LocalDate: 'string', LocalTime: 'string', Long: 'number',
          TimeZone: 'string',
        },
        immutableTypes: true,
        useTypeImports: true,
      },
    },
  },
};

export default config;
