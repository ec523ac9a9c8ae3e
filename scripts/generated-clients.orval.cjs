// A configuration that generates a TypeScript client without a library, as a user would write it.
module.exports = {
  latchkey: {
    input: process.env.OPENAPI,
    output: {
      target: process.env.CLIENT,
      client: 'fetch',
      mode: 'single',
      baseUrl: process.env.LATCHKEY_URL,
    },
  },
};
