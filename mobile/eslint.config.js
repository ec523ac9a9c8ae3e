const expo = require('eslint-config-expo/flat');

/** What only some of the session's platforms have. */
const PLATFORM_GLOBALS = ['window', 'document', 'navigator', 'localStorage', 'fetch', 'XMLHttpRequest', '__DEV__', 'process'];

module.exports = [
  ...expo,
  {
    ignores: [
      'dist/**',
      'dist.new/**',
      '.source-maps/**',
      '.expo/**',
      'src/api/generated/**',
      'test-results/**',
    ],
  },
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
  {
    // Made to become a package of its own: it runs in any JavaScript runtime and is handed the rest.
    files: ['src/session/engine/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^(?!\\./)', message: 'The session engine knows its own folder only; hand it what it needs.' }] },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'ImportExpression, CallExpression[callee.name="require"]', message: 'See no-restricted-imports.' },
      ],
      'no-restricted-globals': ['error', ...PLATFORM_GLOBALS],
    },
  },
  { files: ['src/api/http.ts', 'src/api/interceptors.ts'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: ['e2e/**', 'faults/**', 'scripts/**'],
    // Playwright's fixtures call their continuation "use" and take an empty pattern for none.
    rules: { 'no-console': 'off', 'react-hooks/rules-of-hooks': 'off', 'no-empty-pattern': 'off' },
  },
];
