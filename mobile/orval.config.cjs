// The typed client is made from the service's own description of itself.
module.exports = {
  latchkey: {
    input: process.env.OPENAPI ?? '../openapi.json',
    output: {
      target: process.env.OPENAPI_OUT ?? 'src/api/generated/latchkey.ts',
      client: 'axios-functions',
      mode: 'single',
      override: {
        mutator: { path: 'src/api/client.ts', name: 'send', alias: { '@': './src' } },
        header: false,
      },
    },
  },
};
