const expo = require('eslint-config-expo/flat');

module.exports = [
  ...expo,
  { ignores: ['dist/**', 'dist.new/**', '.expo/**', 'src/api/generated/**', 'test-results/**'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    rules: {
      '@typescript-eslint/consistent-type-definitions': ['error', 'type'],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      'no-console': 'error',
      // The compiler resolves platform files and the alias; this rule cannot.
      'import/no-unresolved': 'off',
      'import/no-named-as-default-member': 'off',
      'no-restricted-imports': [
        'error',
        { paths: [{ name: 'axios', message: 'Only src/api/http.ts and interceptors.ts know axios.' }] },
      ],
    },
  },
  { files: ['src/api/http.ts', 'src/api/interceptors.ts'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: ['e2e/**', 'faults/**', 'scripts/**'],
    // Playwright's fixtures call their continuation "use" and take an empty pattern for none.
    rules: { 'no-console': 'off', 'react-hooks/rules-of-hooks': 'off', 'no-empty-pattern': 'off' },
  },
];
