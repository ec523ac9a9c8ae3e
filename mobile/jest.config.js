/** Pure code runs in plain Node; `*.native.test` on both phone presets; `*.web.test` on the web one. */
const alias = { '^@/(.*)$': '<rootDir>/src/$1' };

const preset = (platform, pattern) => ({
  displayName: platform,
  preset: `jest-expo/${platform}`,
  testMatch: [`<rootDir>/src/**/*.${pattern}.test.{ts,tsx}`],
  moduleNameMapper: {
    ...alias,
    // The presets offer axios' React Native build, which wants an XMLHttpRequest that Node lacks.
    ...(platform !== 'web' && { '^axios$': require.resolve('axios/dist/node/axios.cjs') }),
  },
  setupFilesAfterEnv: ['<rootDir>/scripts/jest-setup.ts'],
});

module.exports = {
  projects: [
    preset('android', 'native'),
    preset('ios', 'native'),
    preset('web', 'web'),
    {
      displayName: 'node',
      testEnvironment: 'node',
      testMatch: ['<rootDir>/src/**/!(*.native|*.web).test.ts'],
      transform: { '\\.[jt]sx?$': 'babel-jest' },
      moduleNameMapper: alias,
    },
  ],
};
